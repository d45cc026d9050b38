/* SPDX-License-Identifier: MIT */
/*
 * place_beside.c - places the manifest of DIR beside it as DIR.manifest.jsonl
 *
 * When DIR is a mount point, the directory beside it is on another filesystem,
 * and rename fails: the manifest is copied there.
 */
#include <errno.h>
#include <stdlib.h>

#include "job_priv.h"

static char *name_beside(const struct rom_out *out)
{
	size_t len = strlen(out->path);
	ROM_AUTO char *path = NULL, *real = NULL;
	const char *last;

	while (len > 1 && out->path[len - 1] == '/')
		len--;
	path = rom_format("%.*s", (int)len, out->path);
	last = strrchr(path, '/');
	last = last ? last + 1 : path;
	/* these have no name that a suffix could be appended to */
	if (!strcmp(last, ".") || !strcmp(last, ".."))
		real = rom_path_real(path);
	return rom_format("%s.manifest.jsonl", real ? real : path);
}

static bool copy_all(struct rom_out_file *from, struct rom_out_file *to)
{
	enum { CHUNK = 1 << 18 };
	ROM_AUTO uint8_t *buf = rom_alloc(CHUNK);
	uint64_t offset = 0;
	int64_t n;

	while ((n = rom_out_file_read(from, buf, CHUNK, offset)) > 0) {
		for (int64_t done = 0, w; done < n; done += w) {
			w = rom_out_file_write(to, buf + done,
				(size_t)(n - done), offset + (uint64_t)done);
			if (w <= 0)
				return false;
		}
		offset += (uint64_t)n;
	}
	return n == 0;
}

/* Copies to a temporary name first, so that the manifest appears complete. The
 * errno of the first failure is kept for the message. */
static bool copy_to(struct rom_out *out, const char *temp, const char *name)
{
	ROM_AUTO char *temp_name = rom_format("%s.part", name);
	const char *base;
	struct rom_dir *part = rom_out_staged(out, temp, &base);
	struct rom_out_file *from = rom_out_file_open(part, base), *to = NULL;
	bool good;
	int saved_errno;

	/* never into what somebody else has put there */
	rom_dir_unlink(NULL, temp_name);
	if (from)
		to = rom_out_file_create(NULL, temp_name, 0666);
	good = to && copy_all(from, to);
	saved_errno = errno;
	rom_out_file_close(from);
	if (to && !rom_out_file_close(to) && good) {
		good = false;
		saved_errno = errno;
	}
	if (good && rom_dir_rename(NULL, temp_name, NULL, name))
		return true;
	saved_errno = good ? errno : saved_errno;
	if (to)
		rom_dir_unlink(NULL, temp_name);
	errno = saved_errno;
	return false;
}

enum rom_status rom_job_place_beside(
	struct rom_out *out, struct job_file *f, struct rom_err *err)
{
	ROM_AUTO char *name = name_beside(out);
	const char *base;
	struct rom_dir *part = rom_out_staged(out, f->temp, &base);

	if (rom_job_file_close(f) &&
		(rom_dir_rename(part, base, NULL, name) ||
			(errno == EXDEV && copy_to(out, f->temp, name))))
		return ROM_OK;
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: cannot write: %s",
		name, strerror(errno));
}
