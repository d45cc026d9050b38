/* SPDX-License-Identifier: MIT */
/* cmd_cat.c - romsplit cat IMAGE PATH... */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cli.h"

enum { CHUNK = 1 << 20 };

static enum rom_status write_content(struct cli *cli, struct rom_fs *fs,
	const struct rom_inode *in, const struct rom_file_map *c,
	struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(CHUNK);
	enum rom_status st = ROM_OK;

	for (uint64_t off = 0; off < in->size && !st && !cli->progress.stop;
		off += CHUNK) {
		size_t n = (size_t)rom_min(CHUNK, in->size - off);

		st = rom_file_map_read(rom_fs_data(fs), c, off, buf, n, err);
		if (!st && fwrite(buf, 1, n, stdout) != n)
			st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
				"standard output: cannot write: %s",
				strerror(errno));
	}
	return st;
}

static enum rom_status cat_path(struct cli *cli, struct rom_fs *fs,
	const char *path, int *status, struct rom_err *err)
{
	struct rom_inode in;
	struct rom_file_map c;
	enum rom_status st = rom_fs_lookup(fs, path, &in, err);

	if (st)
		return st;
	if (in.encrypted)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s: its content is encrypted", path);
	if (in.type != ROM_FILE_REGULAR)
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"%s: is not a regular file", path);
	st = rom_fs_map(fs, &in, &c, err);
	if (st)
		return st;
	st = write_content(cli, fs, &in, &c, err);
	if (c.lost) {
		fprintf(stderr,
			"romsplit: %s: %" PRIu64
			" bytes could not be read and were written as zeros\n",
			path, c.lost);
		*status = EXIT_DAMAGED;
	}
	rom_file_map_done(&c);
	return st;
}

int cmd_cat(struct cli *cli)
{
	struct rom_dump *d = NULL;
	struct rom_dump_fs from;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	int status = EXIT_DONE;
	enum rom_status st = cli_open(cli, 1, cli->partition != NULL, &d, &err);

	if (!st)
		st = rom_dump_open_fs(
			d, cli->partition, cli->no_journal, &from, &err);
	for (size_t i = 1; !st && i < cli->n_args; i++)
		st = cat_path(cli, from.fs, cli->args[i], &status, &err);
	if (st)
		status = cli_fail(st, &err);
	rom_dump_close(d);
	return status;
}
