/* SPDX-License-Identifier: MIT */
/* pad_job.c - writes an image padded to the size of its partition */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"

enum { CHUNK = 1 << 20 };

static enum rom_status copy(struct rom_image *file, struct rom_out_file *out,
	const char *path, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(CHUNK);
	const struct rom_target to = { out, NULL, path };
	struct rom_copy_stats stats = { 0 };
	enum rom_status st = ROM_OK;

	struct rom_span span;

	for (uint64_t offset = 0; offset < file->size && !st;
		offset += span.len) {
		rom_image_map(file, offset, rom_min(CHUNK, file->size - offset),
			&span);
		/* nothing uses what the image leaves out, or it would not fit:
		 * the file has a hole there, as one of simg2img */
		if (span.kind == ROM_SPAN_ABSENT && span.left_out)
			continue;
		st = rom_read(file, buf, (size_t)span.len, offset, err);
		if (!st)
			st = rom_copy_write(&to, buf, (size_t)span.len, offset,
				&stats, err);
	}
	return st;
}

static enum rom_status write_file(struct rom_image *file, uint64_t size,
	struct rom_out_file *out, const char *path, struct rom_err *err)
{
	enum rom_status st;

	if (!rom_out_file_set_size(out, size))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot set its size to %" PRIu64 " bytes: %s",
			path, size, strerror(errno));
	st = copy(file, out, path, err);
	if (!st && !rom_out_file_sync(out))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", path, strerror(errno));
	return st;
}

enum rom_status rom_job_pad(struct rom_image *file, uint64_t size,
	const char *path, struct rom_err *err)
{
	ROM_AUTO char *temp = rom_format("%s.part", path);
	struct rom_out_file *out = rom_out_file_create(NULL, temp, 0644);
	enum rom_status st;

	if (!out)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot create: %s", temp, strerror(errno));
	st = write_file(file, size, out, path, err);
	if (!rom_out_file_close(out) && !st)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", path, strerror(errno));
	/* never replaces an existing file */
	if (!st && !rom_dir_rename_new(NULL, temp, NULL, path))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: %s", path,
			strerror(errno));
	if (st)
		rom_dir_unlink(NULL, temp);
	return st;
}
