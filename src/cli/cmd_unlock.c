/* SPDX-License-Identifier: MIT */
/* cmd_unlock.c - romsplit unlock IMAGE: can userdata be opened, and with what?
 * With a secret: what does it open? */
#include <stdlib.h>

#include "cli.h"

/* What the owner of the phone can do next; NULL: nothing. */
static const char *advice(enum rom_access access)
{
	if (access == ROM_ACCESS_PASSWORD)
		return "Enter it with --pin, --pattern, --password or "
		       "--password-file; --try-pins 4 tries all PINs of 4 "
		       "digits.";
	if (access == ROM_ACCESS_KEY || access == ROM_ACCESS_DEVICE)
		return "With raw keys (from the running phone, or a TWRP log) "
		       "it can be opened here, too: --key-file FILE; an "
		       "adopted "
		       "SD card with a dump of its phone: --key-from FILE.";
	return NULL;
}

static void print_answer(struct cli *cli, const struct rom_report *r)
{
	const struct rom_userdata *u = &r->userdata;
	const struct rom_evidence *e;

	if (cli->json) {
		ROM_AUTO char *json = rom_json_report(r);

		puts(json);
		return;
	}
	if (cli->quiet)
		return;
	puts(u->summary);
	rom_each (e, &u->evidence)
		printf("  - %s\n", e->text);
	if (advice(u->access))
		puts(advice(u->access));
}

static enum rom_status write_image(
	struct cli *cli, struct rom_dump *d, struct rom_err *err)
{
	enum rom_status st;

	if (!d->unlocked.opened.image && rom_keyring_count(d->unlocked.keyring))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"userdata: file-based encryption has no decrypted "
			"image; romsplit extract saves the files");
	if (!d->unlocked.opened.image)
		return rom_fail(err,
			d->report->userdata.access != ROM_ACCESS_YES
				? ROM_E_ENCRYPTED
				: ROM_E_USAGE,
			ROM_NO_OFFSET,
			"userdata: there is no decrypted image to write: %s",
			d->report->userdata.summary);
	cli_progress_start(cli);
	st = rom_job_decrypted(d, cli->output, &cli->progress, err);
	cli_progress_end(cli);
	return st;
}

/* True when userdata is not encrypted, was opened as a whole, or some directory
 * of file-based encryption was opened. */
static bool is_open(const struct rom_dump *d)
{
	return d->report->userdata.access == ROM_ACCESS_YES ||
	       d->unlocked.opened.image || d->unlocked.dirs_open;
}

int cmd_unlock(struct cli *cli)
{
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;
	int status;

	if (cli->try_pins)
		cli_progress_start(cli);
	st = cli_open(cli, cli->n_args, false, &d, &err);
	cli_progress_end(cli);
	if (!st)
		print_answer(cli, d->report);
	if (!st && cli->output)
		st = write_image(cli, d, &err);
	if (st)
		status = cli_fail_open(cli, st, &err);
	else
		status = is_open(d) ? EXIT_DONE : EXIT_ENCRYPTED;
	rom_dump_close(d);
	return status;
}
