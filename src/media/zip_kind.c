/* SPDX-License-Identifier: MIT */
/*
 * zip_kind.c - formats based on ZIP: documents, books, apps, recognized by the
 * names of their members
 */
#include "media_priv.h"

enum { END = 0x06054b50, END_LEN = 22 };

struct kind {
	const char *name;
	size_t len;
	const struct rom_media_walker *format;
};

/* Recognized by the beginning of a member's name. */
static const struct kind by_name[] = {
	{ "word/", 5, &rom_media_docx },
	{ "xl/", 3, &rom_media_xlsx },
	{ "ppt/", 4, &rom_media_pptx },
	{ "AndroidManifest.xml", 19, &rom_media_apk },
};

/* Recognized by the text of the first member, which is called mimetype. */
#define OASIS "application/vnd.oasis.opendocument."
static const struct kind by_mime[] = {
	{ OASIS "text", sizeof(OASIS "text") - 1, &rom_media_odt },
	{ OASIS "spreadsheet", sizeof(OASIS "spreadsheet") - 1,
		&rom_media_ods },
	{ OASIS "presentation", sizeof(OASIS "presentation") - 1,
		&rom_media_odp },
	{ "application/epub+zip", 20, &rom_media_epub },
};

/* The format that a member reveals by its name or its data (v begins at its
 * header); NULL: none. */
static const struct rom_media_walker *exact_kind(struct rom_buffer *v)
{
	for (size_t i = 0; i < sizeof(by_name) / sizeof(*by_name); i++) {
		if (rom_media_be16(v, 0) == 0x504b &&
			rom_le16(v, 26) >= by_name[i].len &&
			rom_buffer_has(v, ROM_ZIP_MEMBER_LEN, by_name[i].name,
				by_name[i].len))
			return by_name[i].format;
	}
	for (size_t i = 0; i < sizeof(by_mime) / sizeof(*by_mime); i++) {
		if (rom_buffer_has(v, ROM_ZIP_MEMBER_LEN, "mimetype", 8) &&
			rom_buffer_has(v, ROM_ZIP_MEMBER_LEN + 8,
				by_mime[i].name, by_mime[i].len))
			return by_mime[i].format;
	}
	return NULL;
}

/* True for the manifest of a Java archive; other members may still reveal a
 * more exact format. */
static bool is_java(const struct rom_buffer *v)
{
	return rom_buffer_has(
		v, ROM_ZIP_MEMBER_LEN, "META-INF/MANIFEST.MF", 20);
}

const struct rom_media_walker *rom_zip_kind(struct rom_buffer *v)
{
	const struct rom_media_walker *kind = exact_kind(v);

	return kind ? kind : is_java(v) ? &rom_media_jar : NULL;
}

/* Members whose headers are in the head reveal the format. */
static const struct rom_media_walker *kind_of_head(struct rom_buffer *head)
{
	const struct rom_media_walker *found = &rom_media_zip;

	for (size_t at = 0; at != SIZE_MAX;
		at = rom_buffer_find(head, at + 4, "PK\3\4", 4)) {
		struct rom_buffer v = rom_buffer_part(head, at, SIZE_MAX);
		const struct rom_media_walker *kind = rom_zip_kind(&v);

		if (kind && kind != &rom_media_jar)
			return kind;
		if (kind)
			found = kind;
	}
	return found;
}

static bool is_zip(struct rom_buffer *head)
{
	/* an empty archive consists only of its end record */
	if (rom_le32(head, 0) == END)
		return head->len >= END_LEN && !rom_le32(head, 4) &&
		       !rom_le32(head, 8) && !rom_le32(head, 12);
	return rom_le16(head, 4) <= 63 && rom_le16(head, 8) <= 99 &&
	       rom_le16(head, 26) > 0 && rom_le16(head, 26) < 4096;
}

/* ---- the formats --------------------------------------------------------- */

#define KIND(id, ext, mime_type, kind_type)                                    \
	static bool is_##id(struct rom_buffer *head)                           \
	{                                                                      \
		return is_zip(head) && kind_of_head(head) == &rom_media_##id;  \
	}                                                                      \
	const struct rom_media_walker rom_media_##id = {                       \
		.format = { #id, ext, mime_type, kind_type },                  \
		.signature = { { "PK\3\4", 4, 0 } },                           \
		.is = is_##id,                                                 \
		.examine = rom_zip_walk,                                       \
	};

#define OPENXML "application/vnd.openxmlformats-officedocument."
KIND(docx, ".docx", OPENXML "wordprocessingml.document", ROM_MEDIA_DOCUMENT)
KIND(xlsx, ".xlsx", OPENXML "spreadsheetml.sheet", ROM_MEDIA_DOCUMENT)
KIND(pptx, ".pptx", OPENXML "presentationml.presentation", ROM_MEDIA_DOCUMENT)
KIND(odt, ".odt", OASIS "text", ROM_MEDIA_DOCUMENT)
KIND(ods, ".ods", OASIS "spreadsheet", ROM_MEDIA_DOCUMENT)
KIND(odp, ".odp", OASIS "presentation", ROM_MEDIA_DOCUMENT)
KIND(epub, ".epub", "application/epub+zip", ROM_MEDIA_DOCUMENT)
KIND(apk, ".apk", "application/vnd.android.package-archive", ROM_MEDIA_ARCHIVE)
KIND(jar, ".jar", "application/java-archive", ROM_MEDIA_ARCHIVE)

const struct rom_media_walker rom_media_zip = {
	.format = { "zip", ".zip", "application/zip", ROM_MEDIA_ARCHIVE },
	.signature = { { "PK\3\4", 4, 0 }, { "PK\5\6", 4, 0 } },
	.is = is_zip,
	.examine = rom_zip_walk,
};
