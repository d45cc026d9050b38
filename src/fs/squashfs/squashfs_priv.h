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

/* An image as libsquashfs wants a file: it reads, and cannot write. */
struct squashfs_file {
	sqfs_file_t base;
	struct rom_image *img; /* held */
};
void rom_squashfs_file_init(struct squashfs_file *f, struct rom_image *img);

/* What contents are read through, by any number of threads, one at a time;
 * counted, for views outlive the handle. */
struct squashfs_data;
enum rom_status rom_squashfs_data_new(struct rom_image *img,
	const sqfs_super_t *super, struct squashfs_data **ret,
	struct rom_err *err);
struct squashfs_data *rom_squashfs_data_ref(struct squashfs_data *d);
void rom_squashfs_data_unref(struct squashfs_data *d);
/* A compressor for super, to be destroyed by the caller; NULL when the library
 * lacks this kind. */
sqfs_compressor_t *rom_squashfs_compressor(const sqfs_super_t *super);
/* An image of the file of inode, which it takes over. */
struct rom_image *rom_squashfs_file_image(
	struct squashfs_data *d, sqfs_inode_generic_t *inode, uint64_t size);
const char *rom_squashfs_error(int e);

#endif
