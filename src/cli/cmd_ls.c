/* SPDX-License-Identifier: MIT */
/* cmd_ls.c - romsplit ls IMAGE [PATH]... */
#include <inttypes.h>
#include <stdlib.h>

#include "cli.h"

struct listing {
	const struct cli *cli;
	struct rom_fs *fs;
	struct rom_inode dir;
	const char *path;
	int status;
};

static char type_letter(enum rom_file_type type)
{
	return "?-dlcbps"[type];
}

static void mode_text(const struct rom_inode *in, char *out)
{
	static const char bits[] = "rwxrwxrwx";

	out[0] = type_letter(in->type);
	for (int i = 0; i < 9; i++)
		out[i + 1] = in->mode >> (8 - i) & 1 ? bits[i] : '-';
	if (in->mode & 04000)
		out[3] = out[3] == 'x' ? 's' : 'S';
	if (in->mode & 02000)
		out[6] = out[6] == 'x' ? 's' : 'S';
	if (in->mode & 01000)
		out[9] = out[9] == 'x' ? 't' : 'T';
	out[10] = '\0';
}

static char *read_target(struct listing *l, const struct rom_inode *in)
{
	ROM_AUTO char *target = NULL;
	struct rom_err err;
	size_t len = 0;

	if (in->type != ROM_FILE_SYMLINK ||
		rom_fs_readlink(l->fs, in, &target, &len, &err))
		return NULL;
	return rom_printable(target, len);
}

static void print_entry(struct listing *l, const char *name, size_t len,
	const struct rom_inode *in)
{
	ROM_AUTO char *shown = rom_printable(name, len),
		      *target = read_target(l, in);
	char mode[11], date[32];

	if (l->cli->json) {
		ROM_AUTO char *json = rom_json_entry(name, len, in, target);

		puts(json);
		return;
	}
	mode_text(in, mode);
	printf("%s %5" PRIu32 " %5" PRIu32 " %12" PRIu64 " %s %s%s%s%s\n", mode,
		in->uid, in->gid, in->size,
		rom_utc(in->mtime.sec, date, sizeof(date)), shown,
		target ? " -> " : "", target ? target : "",
		in->encrypted ? "  (encrypted)" : "");
}

static bool list_entry(void *ctx, const struct rom_dirent *e)
{
	struct listing *l = ctx;
	size_t len;
	ROM_AUTO char *name = rom_dirent_name(&l->dir, e, &len);
	struct rom_inode in;
	struct rom_err err = { .offset = ROM_NO_OFFSET };

	if (rom_fs_inode(l->fs, e->ino, &in, &err)) {
		ROM_AUTO char *shown = rom_printable(name, len);

		fprintf(stderr, "romsplit: %s: %s\n", shown, err.text);
		l->status = EXIT_DAMAGED;
		return true;
	}
	print_entry(l, name, len, &in);
	return !l->cli->progress.stop;
}

static enum rom_status list_path(struct listing *l, struct rom_err *err)
{
	enum rom_status st = rom_fs_lookup(l->fs, l->path, &l->dir, err);

	if (st)
		return st;
	if (l->dir.type != ROM_FILE_DIRECTORY) {
		print_entry(l, l->path, strlen(l->path), &l->dir);
		return ROM_OK;
	}
	st = rom_fs_list(l->fs, l->dir.ino, 0, list_entry, l, err);
	/* encrypted names are listed encoded, as the kernel does: they still
	 * show how many files there are, how large and how old */
	if (!st && l->dir.encrypted)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s: the names in it are encrypted", l->path);
	return st;
}

int cmd_ls(struct cli *cli)
{
	struct listing l = { .cli = cli };
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	struct rom_dump_fs from = { 0 };
	enum rom_status st = cli_open(cli, 1, cli->partition != NULL, &d, &err);

	if (!st)
		st = rom_dump_open_fs(
			d, cli->partition, cli->no_journal, &from, &err);
	l.fs = from.fs;
	for (size_t i = 1; !st && (i < cli->n_args || i == 1); i++) {
		l.path = cli->n_args > 1 ? cli->args[i] : "/";
		if (cli->n_args > 2 && !cli->json)
			printf("%s%s:\n", i > 1 ? "\n" : "", l.path);
		st = list_path(&l, &err);
	}
	l.status = st ? cli_fail(st, &err) : l.status;
	if (d && !l.status && rom_report_damaged(d->report)) {
		cli_notes(cli, d->report);
		l.status = EXIT_DAMAGED;
	}
	rom_dump_close(d);
	return l.status;
}
