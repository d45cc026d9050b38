/* SPDX-License-Identifier: MIT */
/* decrypted.c - userdata decrypted, as an image file of its own */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "job_priv.h"

enum { CHUNK = 1 << 20 };

static enum rom_status copy(struct rom_image *img, int fd, const char *path,
	struct rom_progress *p, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc_pages(CHUNK);
	const struct rom_target to = { fd,
		rom_direct_new((struct rom_out_options){ .sync = true }) };
	struct rom_copy_stats stats = { 0 };
	enum rom_status st = ROM_OK;

	if (ftruncate(fd, (off_t)img->size))
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
	int fd;

	if (!access(path, F_OK))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: is there already; choose another name", path);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		0600);
	if (fd < 0)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", part, strerror(errno));
	st = copy(dump->unlocked.opened.image, fd, part, progress, err);
	if (close(fd) && !st)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", part, strerror(errno));
	/* not all filesystems know NOREPLACE */
	if (!st &&
		renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) &&
		(errno == EEXIST || rename(part, path)))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", path, strerror(errno));
	if (st)
		unlink(part);
	return st;
}
