/* SPDX-License-Identifier: MIT */
/* bodyfile.c - one line per file for mactime's timeline:
 * MD5|name|inode|mode|uid|gid|size|atime|mtime|ctime|crtime */
#include <inttypes.h>

#include "file_log_priv.h"

static void mode_text(const struct rom_inode *in, char *out)
{
	static const char types[] = "-rdlcbps", bits[] = "rwxrwxrwx";
	char t = types[in->type == ROM_FILE_UNKNOWN ? 0 : in->type];

	/* as The Sleuth Kit writes it: the type of the name, a slash, the type
	 * of the inode and its bits */
	*out++ = t;
	*out++ = '/';
	*out++ = t;
	for (int i = 0; i < 9; i++)
		*out++ = in->mode >> (8 - i) & 1 ? bits[i] : '-';
	*out = '\0';
}

/* mactime has no escapes: what would end the field or the line becomes "^". */
static void print_name(FILE *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fputc((unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7f ||
					bytes[i] == '|'
				? '^'
				: bytes[i],
			out);
}

static void bodyfile_file(struct rom_file_log *log, const struct rom_file *file,
	const struct rom_file_result *result)
{
	const struct line_log *l = (struct line_log *)log;
	const struct rom_inode *in = &file->inode;
	char md5[2 * ROM_HASH_MAX + 1] = "0", mode[16];

	if (result->has_digest[ROM_HASH_MD5])
		rom_hex(result->digest[ROM_HASH_MD5],
			rom_hash_len(ROM_HASH_MD5), md5);
	mode_text(in, mode);
	fprintf(l->out, "%s|/%s", md5, file->origin->prefix);
	print_name(l->out, file->path, file->path_len);
	if (file->target) {
		fputs(" -> ", l->out);
		print_name(l->out, file->target, file->target_len);
	}
	fprintf(l->out,
		"|%" PRIu64 "|%s|%" PRIu32 "|%" PRIu32 "|%" PRIu64 "|%" PRId64
		"|%" PRId64 "|%" PRId64 "|%" PRId64 "\n",
		in->ino, mode, in->uid, in->gid, in->size, in->atime.sec,
		file->has_mtime ? in->mtime.sec : 0, in->ctime.sec,
		in->has_crtime ? in->crtime.sec : 0);
}

static struct rom_file_log *bodyfile_open(
	FILE *out, const struct rom_file_log_options *options)
{
	return rom_line_log_new(out, options, bodyfile_file);
}

const struct rom_file_log_kind rom_log_bodyfile = {
	.name = "bodyfile",
	.about = "a timeline of all extracted files, for mactime",
	.open = bodyfile_open,
};
