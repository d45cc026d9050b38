/* SPDX-License-Identifier: MIT */
/* extension.c - the extension of a file without a name, from its content: no
 * program knows how to open "#33", but "#33.jpg" */
#include <stdlib.h>

#include "job_priv.h"

enum { HEAD_LEN = 4096 };

static const struct {
	const char *mime, *extension;
} extensions[] = {
	{ "image/jpeg", ".jpg" },
	{ "image/png", ".png" },
	{ "image/gif", ".gif" },
	{ "image/webp", ".webp" },
	{ "image/heic", ".heic" },
	{ "image/tiff", ".tif" },
	{ "image/bmp", ".bmp" },
	{ "video/mp4", ".mp4" },
	{ "video/3gpp", ".3gp" },
	{ "video/quicktime", ".mov" },
	{ "video/x-matroska", ".mkv" },
	{ "video/webm", ".webm" },
	{ "video/x-msvideo", ".avi" },
	{ "audio/mpeg", ".mp3" },
	{ "audio/ogg", ".ogg" },
	{ "audio/flac", ".flac" },
	{ "audio/x-m4a", ".m4a" },
	{ "audio/AMR", ".amr" },
	{ "audio/x-wav", ".wav" },
	{ "text/plain", ".txt" },
	{ "text/html", ".html" },
	{ "application/pdf", ".pdf" },
	{ "application/zip", ".zip" },
	{ "application/msword", ".doc" },
	{ "application/"
	  "vnd.openxmlformats-officedocument.wordprocessingml.document",
		".docx" },
	{ "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		".xlsx" },
	{ "application/"
	  "vnd.openxmlformats-officedocument.presentationml.presentation",
		".pptx" },
	{ "application/vnd.android.package-archive", ".apk" },
	{ "application/vnd.sqlite3", ".db" },
	{ "application/x-sqlite3", ".db" },
};

const char *rom_guess_extension(
	void *ctx, struct rom_fs *fs, const struct rom_inode *inode)
{
	struct rom_extension_guesser *e = ctx;
	uint8_t head[HEAD_LEN];
	struct rom_err err;
	size_t len = 0;
	const char *mime;

	if (rom_fs_read(fs, inode, 0, head, sizeof(head), &len, &err) ||
		len == 0)
		return NULL;
	if (!e->magic)
		e->magic = rom_mime_open();
	mime = rom_mime_of(e->magic, head, len);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++) {
		if (!strcmp(mime, extensions[i].mime))
			return extensions[i].extension;
	}
	return NULL;
}

void rom_extension_guesser_done(struct rom_extension_guesser *e)
{
	rom_mime_close(e->magic);
	e->magic = NULL;
}
