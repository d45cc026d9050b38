/* SPDX-License-Identifier: MIT */
/* ext4_io.c - a read-only io_manager through which libext2fs reads an image */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"

struct io_data {
	struct rom_image *img;
};

/* libext2fs passes nothing but a name to a manager, so the name carries the
 * pointer */
void rom_ext4_io_name(struct rom_image *img, char *buf, size_t len)
{
	snprintf(buf, len, "rom:%" PRIxPTR, (uintptr_t)img);
}

static errcode_t io_open(const char *name, int flags, io_channel *ret)
{
	io_channel channel;
	struct io_data *data;
	uintptr_t img;

	if (flags & IO_FLAG_RW)
		return EROFS;
	if (sscanf(name, "rom:%" SCNxPTR, &img) != 1)
		return EINVAL;
	channel = rom_alloc(sizeof(*channel));
	data = rom_alloc(sizeof(*data));
	data->img = rom_image_ref((struct rom_image *)img);
	channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	channel->manager = rom_ext4_io_manager();
	channel->name = rom_strdup(name);
	channel->private_data = data;
	channel->block_size = 1024;
	channel->refcount = 1;
	*ret = channel;
	return 0;
}

static errcode_t io_close(io_channel channel)
{
	struct io_data *data = channel->private_data;

	if (--channel->refcount > 0)
		return 0;
	rom_image_close(data->img);
	free(data);
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t io_set_blksize(io_channel channel, int size)
{
	channel->block_size = size;
	return 0;
}

static errcode_t io_read64(
	io_channel channel, unsigned long long block, int count, void *buf)
{
	struct io_data *data = channel->private_data;
	/* libext2fs: a negative count is in bytes */
	uint64_t len =
		count < 0 ? (uint64_t) - (int64_t)count
			  : (uint64_t)count * (unsigned)channel->block_size;
	struct rom_err err;
	uint64_t offset;

	if (!rom_mul(block, (unsigned)channel->block_size, &offset) ||
		rom_read(data->img, buf, (size_t)len, offset, &err)) {
		memset(buf, 0, (size_t)len);
		return EXT2_ET_SHORT_READ;
	}
	return 0;
}

static errcode_t io_read(
	io_channel channel, unsigned long block, int count, void *buf)
{
	return io_read64(channel, block, count, buf);
}

static errcode_t io_write64(io_channel channel, unsigned long long block,
	int count, const void *buf)
{
	(void)channel;
	(void)block;
	(void)count;
	(void)buf;
	return EROFS;
}

static errcode_t io_write(
	io_channel channel, unsigned long block, int count, const void *buf)
{
	return io_write64(channel, block, count, buf);
}

static errcode_t io_flush(io_channel channel)
{
	(void)channel;
	return 0;
}

static const struct struct_io_manager manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "romsplit image",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_blksize,
	.read_blk = io_read,
	.write_blk = io_write,
	.flush = io_flush,
	.read_blk64 = io_read64,
	.write_blk64 = io_write64,
};

/* libext2fs takes a pointer to non-const, but does not write through it */
struct struct_io_manager *rom_ext4_io_manager(void)
{
	return (struct struct_io_manager *)(uintptr_t)&manager;
}
