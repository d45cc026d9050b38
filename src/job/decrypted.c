/* SPDX-License-Identifier: MIT */
/* decrypted.c - writes userdata, decrypted, to an image file */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"

enum { CHUNK = 1 << 20 };

static enum rom_status copy(struct rom_image *img, struct rom_out_file *file,
	const char *path, struct rom_progress *p, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc_pages(CHUNK);
	const struct rom_target to = { file,
		rom_direct_new((struct rom_out_options){ .sync = true }),
		path };
	struct rom_copy_stats stats = { 0 };
	enum rom_status st = ROM_OK;

	if (!rom_out_file_set_size(file, img->size))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", path, strerror(errno));
	for (uint64_t offset = 0; offset < img->size && !st; offset += CHUNK) {
		size_t n = (size_t)rom_min(CHUNK, img->size - offset);

		st = rom_read(img, buf, n, offset, err);
		if (!st)
			st = rom_copy_write(&to, buf, n, offset, &stats, err);
		if (p && p->tick)
			p->tick(p, offset + n, img->size, "decrypting");
		if (!st && p && p->stop)
			st = rom_fail(
				err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	}
	rom_direct_free(to.direct);
	return st;
}

enum rom_status rom_job_decrypted(const struct rom_dump *dump, const char *path,
	struct rom_progress *progress, struct rom_err *err)
{
	ROM_AUTO char *part = rom_format("%s.part", path);
	enum rom_status st;
	struct rom_out_file *file;

	if (rom_path_exists(path))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: exists already; choose another name", path);
	file = rom_out_file_create_over(NULL, part, 0600);
	if (!file)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", part, strerror(errno));
	st = copy(dump->unlocked.opened.image, file, part, progress, err);
	if (!rom_out_file_close(file) && !st)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", part, strerror(errno));
	/* some filesystems cannot rename without replacing: there the check at
	 * the beginning has to do */
	if (!st && !rom_dir_rename_new(NULL, part, NULL, path) &&
		(errno == EEXIST || !rom_dir_rename(NULL, part, NULL, path)))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", path, strerror(errno));
	if (st)
		rom_dir_unlink(NULL, part);
	return st;
}
