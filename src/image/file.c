/* SPDX-License-Identifier: MIT */
/* file.c - a file or block device as an image; never opened for writing */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "image_priv.h"
#include "romsplit/os.h"

struct rom_source {
	struct rom_in_file *file;
};

struct file_image {
	struct rom_image img;
	struct rom_source source;
};

const struct rom_in_file *rom_source_file(const struct rom_source *source)
{
	return source->file;
}

static enum rom_status file_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct file_image *f = (struct file_image *)img;
	char *p = buf;

	while (len > 0) {
		int64_t n = rom_in_file_read(f->source.file, p, len, offset);

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
	bool hole;

	len = rom_in_file_map(f->source.file, offset, len, &hole);
	*ret = hole ? (struct rom_span){ .kind = ROM_SPAN_HOLE, .len = len }
		    : (struct rom_span){
			      .kind = ROM_SPAN_DATA,
			      .len = len,
			      .source = &f->source,
			      .source_offset = offset,
		      };
}

static void file_close(struct rom_image *img)
{
	struct file_image *f = (struct file_image *)img;

	rom_in_file_close(f->source.file);
}

static const struct rom_image_ops file_ops = {
	.read_at = file_read,
	.map = file_map,
	.close = file_close,
};

static enum rom_status check_type(
	const struct rom_entry *entry, const char *path, struct rom_err *err)
{
	if (entry->type == ROM_ENTRY_DIRECTORY)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is a folder; name the dump file inside it", path);
	if (entry->type != ROM_ENTRY_FILE && entry->type != ROM_ENTRY_DEVICE)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is neither a file nor a block device", path);
	if (entry->size == 0)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is empty; the readback wrote nothing, read the "
			"phone again",
			path);
	return ROM_OK;
}

enum rom_status rom_image_open_file(
	const char *path, struct rom_image **ret, struct rom_err *err)
{
	struct rom_in_file *file = rom_in_file_open(path);
	const struct rom_entry *entry;
	struct file_image *f;
	enum rom_status st;

	if (!file)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot open: %s", path, strerror(errno));
	entry = rom_in_file_entry(file);
	st = check_type(entry, path, err);
	if (st) {
		rom_in_file_close(file);
		return st;
	}
	f = rom_alloc(sizeof(*f));
	f->img = (struct rom_image){ &file_ops, rom_strdup(path), entry->size,
		1 };
	f->source.file = file;
	*ret = &f->img;
	return ROM_OK;
}
