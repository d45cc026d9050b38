/* SPDX-License-Identifier: MIT */
/* bodyfile.c - one line a file for mactime's timeline:
 * MD5|name|inode|mode|uid|gid|size|atime|mtime|ctime|crtime */
#include <inttypes.h>

#include "extract_priv.h"

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

static void print_name(FILE *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fputc((unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7f ||
					bytes[i] == '|'
				? '^'
				: bytes[i],
			out);
}

void rom_bodyfile_line(FILE *out, const struct task *t, const char *prefix)
{
	const struct rom_inode *in = &t->inode;
	char md5[2 * ROM_HASH_MAX + 1] = "0", mode[16];

	if (t->has_sum[ROM_HASH_MD5])
		rom_hex(t->sum[ROM_HASH_MD5], rom_hash_len(ROM_HASH_MD5), md5);
	mode_text(in, mode);
	fprintf(out, "%s|/%s", md5, prefix);
	print_name(out, t->path, t->path_len);
	if (t->target) {
		fputs(" -> ", out);
		print_name(out, t->target, t->target_len);
	}
	fprintf(out,
		"|%" PRIu64 "|%s|%" PRIu32 "|%" PRIu32 "|%" PRIu64 "|%" PRId64
		"|%" PRId64 "|%" PRId64 "|%" PRId64 "\n",
		in->ino, mode, in->uid, in->gid, in->size, in->atime.sec,
		in->mtime.sec, in->ctime.sec,
		in->has_crtime ? in->crtime.sec : 0);
}
