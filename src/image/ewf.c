/* SPDX-License-Identifier: MIT */
/* ewf.c - Expert Witness images (.E01, .E02, ...) through libewf */
#include <pthread.h>
#include <stdlib.h>

#include "image_priv.h"

#ifdef ROM_HAVE_libewf

#include <libewf.h>

struct ewf_image {
	struct rom_image img;
	libewf_handle_t *handle;
	pthread_mutex_t lock; /* a handle serves one reader at a time */
};

static enum rom_status ewf_read(
	struct rom_image *img, void *buf, size_t len, uint64_t at, struct rom_err *err)
{
	struct ewf_image *e = (struct ewf_image *)img;
	libewf_error_t *why = NULL;
	ssize_t n;

	pthread_mutex_lock(&e->lock);
	n = libewf_handle_read_random(e->handle, buf, len, (off64_t)at, &why);
	pthread_mutex_unlock(&e->lock);
	libewf_error_free(&why);
	if (n == (ssize_t)len)
		return ROM_OK;
	return rom_fail(err, ROM_E_IO, at,
		"%s: libewf cannot read here: a damaged or missing segment", img->name);
}

static void ewf_map(struct rom_image *img, uint64_t at, uint64_t len, struct rom_span *ret)
{
	(void)img;
	(void)at;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

static void ewf_close(struct rom_image *img)
{
	struct ewf_image *e = (struct ewf_image *)img;

	libewf_handle_close(e->handle, NULL);
	libewf_handle_free(&e->handle, NULL);
	pthread_mutex_destroy(&e->lock);
}

static const struct rom_image_ops ewf_ops = {
	.read_at = ewf_read,
	.map = ewf_map,
	.close = ewf_close,
};

static bool open_handle(const char *path, libewf_handle_t **handle, size64_t *size)
{
	char **names = NULL;
	int n = 0;
	bool good;

	if (libewf_glob(path, strlen(path), LIBEWF_FORMAT_UNKNOWN, &names, &n, NULL) != 1)
		return false;
	good = libewf_handle_initialize(handle, NULL) == 1 &&
	       libewf_handle_open(*handle, names, n, libewf_get_access_flags_read(), NULL) == 1 &&
	       libewf_handle_get_media_size(*handle, size, NULL) == 1 && *size > 0;
	libewf_glob_free(names, n, NULL);
	return good;
}

enum rom_status rom_image_open_ewf(const char *path, struct rom_image **ret, struct rom_err *err)
{
	struct ewf_image *e = rom_alloc(sizeof(*e));
	size64_t size = 0;

	if (!open_handle(path, &e->handle, &size)) {
		libewf_handle_free(&e->handle, NULL);
		free(e);
		return rom_fail(err, ROM_E_INPUT, ROM_NOWHERE,
			"%s: libewf cannot open this Expert Witness image: are all of its segments (.E02, ...) here?",
			path);
	}
	pthread_mutex_init(&e->lock, NULL);
	e->img = (struct rom_image){ &ewf_ops, rom_strdup(path), size, 1 };
	*ret = &e->img;
	return ROM_OK;
}

#else

enum rom_status rom_image_open_ewf(const char *path, struct rom_image **ret, struct rom_err *err)
{
	(void)ret;
	return rom_fail(err, ROM_E_INPUT, ROM_NOWHERE,
		"%s: is an Expert Witness image, which this build cannot read: install libewf-dev and build again, or "
		"export it as raw (ewfexport)",
		path);
}

#endif
