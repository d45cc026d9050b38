/* SPDX-License-Identifier: MIT */
/*
 * scatter_read_xml.c - reads scatter files as XML, with expat
 *
 *   root > general > config_version name="V1.1.8" > platform, project,
 * [storage, boot_channel, block_size] root > [storage_type name="EMMC" >
 * general > storage name="EMMC" > boot_channel, block_size] > partition_index
 * name="SYS0" > the keys of an entry
 */
#include <stdlib.h>

#include "scatter_priv.h"

#ifdef ROM_HAVE_expat

#include <expat.h>

enum {
	/* one byte more than the longest value, so that a longer one is
	   noticed, and a NUL */
	TEXT_SIZE = ROM_SCATTER_MAX_VALUE + 2,
	MAX_DEPTH = 16
};

struct xml {
	struct scatter_reader *r;
	XML_Parser parser;
	enum rom_status status;
	struct rom_err *err;
	char text[TEXT_SIZE];
	size_t len;
	unsigned depth;
	bool leaf; /* no element has begun since this one did */
};

static const char *name_attribute(const char **attributes)
{
	for (; attributes[0]; attributes += 2) {
		if (!strcmp(attributes[0], "name"))
			return attributes[1];
	}
	return NULL;
}

static bool equals(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static void stop_on_error(struct xml *x)
{
	if (x->status)
		XML_StopParser(x->parser, XML_FALSE);
}

static void on_start(void *ctx, const char *element, const char **attributes)
{
	struct xml *x = ctx;
	const char *name = name_attribute(attributes);

	x->r->line = (unsigned)XML_GetCurrentLineNumber(x->parser);
	x->len = 0;
	x->leaf = true;
	if (++x->depth == 1 && !equals(element, "root"))
		x->status = rom_scatter_refuse(x->r, x->err,
			"expected the element root, got %.40s: this is not a "
			"scatter file",
			element);
	else if (x->depth > MAX_DEPTH)
		x->status = rom_scatter_refuse(x->r, x->err,
			"expected at most %d levels of elements, got more",
			MAX_DEPTH);
	else if (equals(element, "storage_type"))
		x->status =
			rom_scatter_on_storage(x->r, name ? name : "", x->err);
	else if (equals(element, "partition_index"))
		x->status =
			rom_scatter_on_entry(x->r, name ? name : "", x->err);
	else if (name && (equals(element, "config_version") ||
				 equals(element, "storage")))
		x->status = rom_scatter_on_key(x->r, element, name, x->err);
	if (name)
		x->leaf = false;
	stop_on_error(x);
}

static void on_text(void *ctx, const char *text, int len)
{
	struct xml *x = ctx;
	size_t n = (size_t)rom_min((uint64_t)len, TEXT_SIZE - 1 - x->len);

	memcpy(x->text + x->len, text, n);
	x->len += n;
}

/* The value without the spaces around it. */
static char *value_of(struct xml *x)
{
	char *s = x->text;

	while (x->len && strchr(" \t\r\n", x->text[x->len - 1]))
		x->len--;
	x->text[x->len] = '\0';
	return s + strspn(s, " \t\r\n");
}

static void on_end(void *ctx, const char *element)
{
	struct xml *x = ctx;
	bool group = equals(element, "root") || equals(element, "general");

	x->depth--;
	if (x->leaf && !group && !x->status)
		x->status =
			rom_scatter_on_key(x->r, element, value_of(x), x->err);
	x->leaf = false;
	stop_on_error(x);
}

/* Refuses DTDs: real scatter files have none, and entities could expand without
 * limit. */
static void on_doctype(void *ctx, const char *name, const char *sysid,
	const char *pubid, int subset)
{
	struct xml *x = ctx;

	(void)name;
	(void)sysid;
	(void)pubid;
	(void)subset;
	x->r->line = (unsigned)XML_GetCurrentLineNumber(x->parser);
	x->status = rom_scatter_refuse(
		x->r, x->err, "expected no DOCTYPE in a scatter file, got one");
	stop_on_error(x);
}

enum rom_status rom_scatter_read_xml(struct scatter_reader *r, const char *text,
	size_t len, struct rom_err *err)
{
	/* a parser that lacks memory would call the file broken */
	static const XML_Memory_Handling_Suite memory = { rom_checked_malloc,
		rom_checked_realloc, free };
	struct xml x = { .r = r,
		.parser = XML_ParserCreate_MM("UTF-8", &memory, NULL),
		.err = err };
	enum XML_Error e = XML_ERROR_NONE;

	if (!x.parser)
		rom_out_of_memory();
	r->s->crlf = memmem(text, len, "\r\n", 2) != NULL;
	XML_SetUserData(x.parser, &x);
	XML_SetElementHandler(x.parser, on_start, on_end);
	XML_SetCharacterDataHandler(x.parser, on_text);
	XML_SetStartDoctypeDeclHandler(x.parser, on_doctype);
	if (XML_Parse(x.parser, text, (int)len, 1) == XML_STATUS_ERROR &&
		!x.status) {
		e = XML_GetErrorCode(x.parser);
		r->line = (unsigned)XML_GetCurrentLineNumber(x.parser);
		x.status = rom_scatter_refuse(
			r, err, "broken XML: %s", XML_ErrorString(e));
	}
	XML_ParserFree(x.parser);
	return x.status;
}

#else

enum rom_status rom_scatter_read_xml(struct scatter_reader *r, const char *text,
	size_t len, struct rom_err *err)
{
	(void)text;
	(void)len;
	return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
		"%s: is XML, which this build cannot read: install "
		"libexpat1-dev and build again, or take the .txt "
		"of the same ROM",
		r->name);
}

#endif
