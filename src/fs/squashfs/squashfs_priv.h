/* SPDX-License-Identifier: MIT */
/* squashfs_priv.h - what the two files of the squashfs reader share */
#ifndef ROMSPLIT_SQUASHFS_PRIV_H
#define ROMSPLIT_SQUASHFS_PRIV_H

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/error.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>

#include "../fs_priv.h"

/* A read-only sqfs_file_t on an image. */
struct squashfs_file {
	sqfs_file_t base;
	struct rom_image *img; /* a reference */
};
void rom_squashfs_file_init(struct squashfs_file *f, struct rom_image *img);

/* Reader of file contents, serialized between threads. Reference-counted,
 * because images of files outlive the handle. */
struct squashfs_data;
enum rom_status rom_squashfs_data_new(struct rom_image *img,
	const sqfs_super_t *super, struct squashfs_data **ret,
	struct rom_err *err);
struct squashfs_data *rom_squashfs_data_ref(struct squashfs_data *d);
void rom_squashfs_data_unref(struct squashfs_data *d);
/* Creates a compressor for super, to be destroyed by the caller; NULL when the
 * library does not support it. */
sqfs_compressor_t *rom_squashfs_compressor(const sqfs_super_t *super);
/* The contents of a file as an image. Takes ownership of inode. */
struct rom_image *rom_squashfs_file_image(
	struct squashfs_data *d, sqfs_inode_generic_t *inode, uint64_t size);
const char *rom_squashfs_error(int e);

#endif
