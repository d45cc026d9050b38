/* SPDX-License-Identifier: MIT */
/* file.c - a file or block device as an image; never opened for writing */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_priv.h"

struct rom_source {
	int fd;
	struct rom_disk_reader reader;
};

struct file_image {
	struct rom_image img;
	struct rom_source source;
	/* by the block count: a file without holes is never asked where they
	 * are */
	bool has_holes;
};

int rom_source_fd(const struct rom_source *source)
{
	return source->fd;
}

uint64_t rom_source_in_memory(
	const struct rom_source *source, uint64_t offset, uint64_t len)
{
	return rom_disk_in_memory(&source->reader, offset, len);
}

static enum rom_status file_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct file_image *f = (struct file_image *)img;
	char *p = buf;

	while (len > 0) {
		ssize_t n = rom_disk_read(&f->source.reader, p, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rom_fail(err, ROM_E_IO, offset,
				"%s: cannot read at 0x%" PRIx64 ": %s",
				img->name, offset, strerror(errno));
		if (n == 0)
			return rom_fail(err, ROM_E_ABSENT, offset,
				"%s: ended at 0x%" PRIx64
				" while it was being read",
				img->name, offset);
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return ROM_OK;
}

static void file_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct file_image *f = (struct file_image *)img;
	off_t data, hole;

	*ret = (struct rom_span){
		.kind = ROM_SPAN_DATA,
		.len = len,
		.source = &f->source,
		.source_offset = offset,
	};
	if (!f->has_holes)
		return;
	data = lseek(f->source.fd, (off_t)offset, SEEK_DATA);
	if (data < 0 && errno != ENXIO)
		return; /* this filesystem cannot tell: all of it is data */
	if (data < 0 || (uint64_t)data > offset) {
		ret->kind = ROM_SPAN_HOLE;
		ret->source = NULL;
		ret->len =
			data < 0 ? len : rom_min(len, (uint64_t)data - offset);
		return;
	}
	hole = lseek(f->source.fd, (off_t)offset, SEEK_HOLE);
	if (hole > 0 && (uint64_t)hole > offset)
		ret->len = rom_min(len, (uint64_t)hole - offset);
}

static void file_close(struct rom_image *img)
{
	struct file_image *f = (struct file_image *)img;

	rom_disk_reader_done(&f->source.reader);
	close(f->source.fd);
}

static const struct rom_image_ops file_ops = {
	.read_at = file_read,
	.map = file_map,
	.close = file_close,
};

static enum rom_status size_of(int fd, const char *path, struct stat *st,
	uint64_t *ret, struct rom_err *err)
{
	off_t end;

	if (S_ISDIR(st->st_mode))
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is a folder; name the dump file in it", path);
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is neither a file nor a block device", path);
	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot tell its size: %s", path, strerror(errno));
	if (end == 0)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is empty; the readback wrote nothing, read the "
			"phone again",
			path);
	*ret = (uint64_t)end;
	return ROM_OK;
}

enum rom_status rom_image_open_file(
	const char *path, struct rom_image **ret, struct rom_err *err)
{
	struct file_image *f;
	struct stat st;
	uint64_t size = 0;
	enum rom_status status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, &st)) {
		close(fd);
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET, "%s: %s", path,
			strerror(errno));
	}
	status = size_of(fd, path, &st, &size, err);
	if (status) {
		close(fd);
		return status;
	}
	f = rom_alloc(sizeof(*f));
	f->img = (struct rom_image){ &file_ops, rom_strdup(path), size, 1 };
	f->source.fd = fd;
	rom_disk_reader_init(&f->source.reader, fd, size, path);
	f->has_holes =
		S_ISREG(st.st_mode) && (uint64_t)st.st_blocks * 512 < size;
	*ret = &f->img;
	return ROM_OK;
}
