/* SPDX-License-Identifier: MIT */
/* filter.c - selects the files to extract by name, time and content */
#include <fnmatch.h>
#include <stdlib.h>

#include "job_priv.h"

enum { HEAD_LEN = 4096 };

static bool glob_matches(const struct rom_filter *f, const char *path)
{
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < f->n_globs; i++) {
		/* a pattern with a slash is matched against the path, any
		 * other against the name */
		if (!fnmatch(f->globs[i],
			    strchr(f->globs[i], '/') ? path : name,
			    FNM_CASEFOLD))
			return true;
	}
	return f->n_globs == 0;
}

static bool is_document(const char *mime)
{
	static const char *const prefixes[] = { "text/", "application/pdf",
		"application/msword", "application/rtf",
		"application/vnd.openxmlformats-officedocument",
		"application/vnd.oasis.opendocument", "application/vnd.ms-",
		"application/epub" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (!strncmp(mime, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

/* What the count of pictures and videos goes by; NONE: the format is not one of
 * those. */
static unsigned type_by_format(const uint8_t *head, size_t len)
{
	const struct rom_media_format *format = rom_media_identify(head, len);

	switch (format ? format->type : ROM_MEDIA_NONE) {
	case ROM_MEDIA_PICTURE:
		return ROM_TYPE_IMAGE;
	case ROM_MEDIA_VIDEO:
		return ROM_TYPE_VIDEO;
	case ROM_MEDIA_AUDIO:
		return ROM_TYPE_AUDIO;
	case ROM_MEDIA_DOCUMENT:
		return ROM_TYPE_DOCUMENT;
	default:
		return 0;
	}
}

static bool type_matches(const struct rom_filter *f, struct rom_fs *fs,
	const struct rom_inode *inode)
{
	uint8_t head[HEAD_LEN];
	struct rom_err err;
	size_t len = 0;
	const char *mime;
	unsigned type;

	if (!f->types)
		return true;
	if (inode->encrypted ||
		rom_fs_read(fs, inode, 0, head, sizeof(head), &len, &err) ||
		len == 0)
		return false;
	type = type_by_format(head, len);
	if (type)
		return f->types & type;
	mime = rom_mime_of(f->magic, head, len);
	return (f->types & ROM_TYPE_IMAGE && !strncmp(mime, "image/", 6)) ||
	       (f->types & ROM_TYPE_VIDEO && !strncmp(mime, "video/", 6)) ||
	       (f->types & ROM_TYPE_AUDIO && !strncmp(mime, "audio/", 6)) ||
	       (f->types & ROM_TYPE_DOCUMENT && is_document(mime));
}

bool rom_filter_wants(void *ctx, struct rom_fs *fs,
	const struct rom_inode *inode, const char *path)
{
	const struct rom_filter *f = ctx;
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;

	/* all other directories are walked: what is below may match */
	if (inode->type == ROM_FILE_DIRECTORY)
		return !(f->no_thumbnails && (!strcmp(name, ".thumbnails") ||
						     !strcmp(name, ".thumbs")));
	return glob_matches(f, path) &&
	       (!f->has_newer || inode->mtime.sec >= f->newer) &&
	       (inode->type != ROM_FILE_REGULAR ? !f->types
						: type_matches(f, fs, inode));
}

bool rom_filter_is_set(const struct rom_filter *f)
{
	return f &&
	       (f->n_globs || f->types || f->has_newer || f->no_thumbnails);
}
