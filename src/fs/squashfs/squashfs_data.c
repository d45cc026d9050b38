/* SPDX-License-Identifier: MIT */
/* squashfs_data.c - an image as a sqfs_file_t, and the contents of a file as an
 * image */
#ifdef ROM_HAVE_libsquashfs1
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "squashfs_priv.h"

enum {
	/* 16 MiB of table; images of Android have some thousands */
	MAX_FRAGMENTS = 1 << 20,
	NO_FRAGMENTS = 0x200, /* a flag of the superblock */
	CHUNK = 1 << 20,
};

struct squashfs_data {
	pthread_mutex_t lock;
	unsigned refs;
	struct squashfs_file file;
	sqfs_compressor_t *compressor;
	sqfs_data_reader_t *reader;
};

struct unpacked_image {
	struct rom_image img;
	struct squashfs_data *data;
	sqfs_inode_generic_t *inode;
};

const char *rom_squashfs_error(int e)
{
	switch (e) {
	case SQFS_ERROR_ALLOC:
		/* whatever is read may be good */
		rom_out_of_memory();
	case SQFS_ERROR_IO:
		return "could not be read";
	case SQFS_ERROR_COMPRESSOR:
		return "could not be decompressed";
	case SQFS_ERROR_OUT_OF_BOUNDS:
		return "lies outside of its table";
	case SQFS_ERROR_UNSUPPORTED:
		return "is of an unsupported kind";
	default:
		return "is damaged";
	}
}

/* ---- the image as a file ------------------------------------------------- */

static int file_read(sqfs_file_t *base, sqfs_u64 offset, void *buf, size_t len)
{
	struct rom_err err;

	return rom_read(((struct squashfs_file *)base)->img, buf, len, offset,
		       &err)
		       ? SQFS_ERROR_IO
		       : 0;
}

static int file_write(
	sqfs_file_t *base, sqfs_u64 offset, const void *buf, size_t len)
{
	(void)base, (void)offset, (void)buf, (void)len;
	return SQFS_ERROR_IO;
}

static sqfs_u64 file_size(const sqfs_file_t *base)
{
	return ((const struct squashfs_file *)base)->img->size;
}

static int file_truncate(sqfs_file_t *base, sqfs_u64 size)
{
	(void)base, (void)size;
	return SQFS_ERROR_IO;
}

static void file_destroy(sqfs_object_t *base)
{
	(void)base; /* its owner closes the image */
}

void rom_squashfs_file_init(struct squashfs_file *f, struct rom_image *img)
{
	*f = (struct squashfs_file){ .img = rom_image_ref(img) };
	f->base.base.destroy = file_destroy;
	f->base.read_at = file_read;
	f->base.write_at = file_write;
	f->base.get_size = file_size;
	f->base.truncate = file_truncate;
}

/* ---- contents ------------------------------------------------------------ */

sqfs_compressor_t *rom_squashfs_compressor(const sqfs_super_t *super)
{
	sqfs_compressor_config_t config;
	sqfs_compressor_t *ret = NULL;

	if (sqfs_compressor_config_init(&config, super->compression_id,
		    super->block_size, SQFS_COMP_FLAG_UNCOMPRESS))
		return NULL;
	return sqfs_compressor_create(&config, &ret) ? NULL : ret;
}

static int open_reader(struct squashfs_data *d, const sqfs_super_t *super)
{
	bool fragments =
		!(super->flags & NO_FRAGMENTS) && super->fragment_entry_count;

	d->compressor = rom_squashfs_compressor(super);
	if (!d->compressor)
		return SQFS_ERROR_UNSUPPORTED;
	if (fragments && super->fragment_entry_count > MAX_FRAGMENTS)
		return SQFS_ERROR_OUT_OF_BOUNDS;
	d->reader = sqfs_data_reader_create(
		&d->file.base, super->block_size, d->compressor, 0);
	if (!d->reader)
		return SQFS_ERROR_ALLOC;
	return fragments
		       ? sqfs_data_reader_load_fragment_table(d->reader, super)
		       : 0;
}

enum rom_status rom_squashfs_data_new(struct rom_image *img,
	const sqfs_super_t *super, struct squashfs_data **ret,
	struct rom_err *err)
{
	struct squashfs_data *d = rom_alloc(sizeof(*d));
	const char *name;
	int e;

	d->refs = 1;
	pthread_mutex_init(&d->lock, NULL);
	rom_squashfs_file_init(&d->file, img);
	e = open_reader(d, super);
	if (!e) {
		*ret = d;
		return ROM_OK;
	}
	rom_squashfs_data_unref(d);
	name = sqfs_compressor_name_from_id(super->compression_id);
	if (e == SQFS_ERROR_UNSUPPORTED)
		return rom_fail(err, ROM_E_NOT_FOUND, 0x14,
			"squashfs: libsquashfs cannot decompress %s; "
			"unsquashfs -d DIR FILE can",
			name ? name : "an unknown method");
	return rom_fail(err, ROM_E_CORRUPT, super->fragment_table_start,
		"squashfs: the fragment table %s", rom_squashfs_error(e));
}

struct squashfs_data *rom_squashfs_data_ref(struct squashfs_data *d)
{
	__atomic_add_fetch(&d->refs, 1, __ATOMIC_RELAXED);
	return d;
}

void rom_squashfs_data_unref(struct squashfs_data *d)
{
	if (!d || __atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL))
		return;
	sqfs_destroy(d->reader);
	sqfs_destroy(d->compressor);
	rom_image_close(d->file.img);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

static enum rom_status unpacked_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct unpacked_image *v = (struct unpacked_image *)img;
	size_t done = 0;

	while (done < len) {
		sqfs_u32 n = (sqfs_u32)rom_min(len - done, CHUNK);
		sqfs_s32 got;

		pthread_mutex_lock(&v->data->lock);
		got = sqfs_data_reader_read(v->data->reader, v->inode,
			offset + done, (uint8_t *)buf + done, n);
		pthread_mutex_unlock(&v->data->lock);
		if (got <= 0)
			return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
				"squashfs: a block at byte %" PRIu64
				" of the file %s",
				offset + done, rom_squashfs_error(got));
		done += (size_t)got;
	}
	return ROM_OK;
}

static void unpacked_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img;
	(void)offset;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

static void unpacked_close(struct rom_image *img)
{
	struct unpacked_image *v = (struct unpacked_image *)img;

	sqfs_free(v->inode);
	rom_squashfs_data_unref(v->data);
}

static const struct rom_image_ops unpacked_ops = {
	.read_at = unpacked_read,
	.map = unpacked_map,
	.close = unpacked_close,
};

struct rom_image *rom_squashfs_file_image(
	struct squashfs_data *d, sqfs_inode_generic_t *inode, uint64_t size)
{
	struct unpacked_image *v = rom_alloc(sizeof(*v));

	v->img = (struct rom_image){ &unpacked_ops,
		rom_strdup("file of squashfs"), size, 1 };
	v->data = rom_squashfs_data_ref(d);
	v->inode = inode;
	return &v->img;
}
#endif
