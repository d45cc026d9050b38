/* SPDX-License-Identifier: MIT */
/* magic.c - the only module that calls libmagic, for formats without a prober;
 * asked last, with the lowest bid */
#include <stdlib.h>

#include <magic.h>

#include "probe_priv.h"

enum { HEAD_LEN = 65536, BITS = 8 };

/* Describes the start of img by libmagic with these flags; NULL when libmagic
 * is unavailable. The caller frees it. */
static char *describe(struct rom_image *img, int flags)
{
	ROM_AUTO uint8_t *buf = rom_alloc(HEAD_LEN);
	struct rom_err err;
	size_t len = 0;
	magic_t m;
	char *text = NULL;

	if (rom_read_some(img, buf, HEAD_LEN, 0, &len, &err) || len == 0)
		return NULL;
	m = magic_open(flags | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
		       MAGIC_NO_CHECK_ENCODING);
	if (!m)
		return NULL;
	if (!magic_load(m, NULL))
		text = rom_strdup(magic_buffer(m, buf, len));
	magic_close(m);
	return text;
}

void rom_probe_magic(struct rom_image *img, struct rom_partition *p)
{
	ROM_AUTO char *text = p->claims.n ? NULL : describe(img, MAGIC_NONE);
	struct rom_claim *c;

	if (!text || !strcmp(text, "data") || !strcmp(text, "empty"))
		return;
	c = rom_vec_add(&p->claims);
	c->format = "other";
	c->bits = BITS;
	rom_facts_text(&c->detail, "text", text);
}

char *rom_probe_mime(struct rom_image *img)
{
	char *text = describe(img, MAGIC_MIME_TYPE);

	return text ? text : rom_strdup("application/octet-stream");
}

struct rom_mime {
	magic_t magic;
};

struct rom_mime *rom_mime_open(void)
{
	magic_t magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
	struct rom_mime *m;

	if (!magic)
		return NULL;
	if (magic_load(magic, NULL)) {
		magic_close(magic);
		return NULL;
	}
	m = rom_alloc(sizeof(*m));
	m->magic = magic;
	return m;
}

const char *rom_mime_of(struct rom_mime *m, const void *bytes, size_t len)
{
	const char *type = m ? magic_buffer(m->magic, bytes, len) : NULL;

	return type ? type : "application/octet-stream";
}

void rom_mime_close(struct rom_mime *m)
{
	if (!m)
		return;
	magic_close(m->magic);
	free(m);
}

char *rom_probe_magic_library(void)
{
	return rom_format("libmagic %d.%02d", magic_version() / 100,
		magic_version() % 100);
}
