/* SPDX-License-Identifier: MIT */
/* unlock_report.c - adds what was opened of userdata to the evidence and the
 * summary of its verdict */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/crypt.h"

static void report_opened(
	const struct rom_unlocked *u, struct rom_userdata *ret)
{
	const struct rom_decrypted *o = &u->opened;
	const char *fs = u->filesystem;

	rom_verdict_evidence(ret, ROM_NO_OFFSET,
		rom_format("opened with %s: %s; %s", o->by, o->with,
			fs ? "a filesystem is there"
			: o->sound
				? "its superblock is valid, but its filesystem "
				  "cannot be read"
			: o->maybe_inline
				? "the check value of the footer matches, but "
				  "there is no filesystem: it is damaged, or "
				  "the phone's hardware encrypts it with a key "
				  "of its own"
				: "the check value of the footer matches, but "
				  "there is no filesystem: it is damaged"));
	if (o->border)
		rom_verdict_evidence(ret, ROM_NO_OFFSET,
			rom_format(
				"encrypted up to 0x%" PRIx64
				" of the partition (%s), plain from there on",
				o->border,
				o->border_found ? "found by trial decryption"
						: "according to the footer"));
	if (o->in_place)
		rom_verdict_evidence(ret, ROM_NO_OFFSET,
			rom_strdup(
				"it was encrypted in place: free blocks were "
				"left unencrypted and are read as they are"));
	rom_facts_text(&ret->detail, "opened_by", o->by);
	rom_facts_text(&ret->detail, "opened_with", o->with);
	if (fs)
		ret->filesystem = fs;
	if (fs && (ret->access != ROM_ACCESS_PASSWORD || ret->confidence < 0.9))
		/* drops the advice for a closed userdata */
		rom_verdict_restart(ret);
	ret->access = fs ? ROM_ACCESS_YES : ROM_ACCESS_NO;
	if (fs) /* only the right key yields a filesystem */
		ret->confidence = 1.0;
	rom_verdict_add(ret,
		fs ? rom_format("It was opened with %s.", o->by)
		   : rom_format("%c%s opens it, but there is no filesystem "
				"that can be read: it is damaged%s.",
			     o->by[0] & ~0x20, o->by + 1,
			     o->maybe_inline
				     ? ", or the phone's hardware encrypts it"
				     : ""));
}

static void report_closed(
	const struct rom_userdata_facts *closed, struct rom_userdata *ret)
{
	for (size_t i = 0; i < closed->n_dirs; i++) {
		char key[33];

		rom_hex(closed->dirs[i].context.key,
			closed->dirs[i].context.key_len, key);
		rom_verdict_evidence(ret, ROM_NO_OFFSET,
			rom_format("%s remains locked: its key %s is not among "
				   "those given",
				closed->dirs[i].path, key));
	}
}

static void report_open_dirs(
	const struct rom_dump *dump, struct rom_userdata *ret)
{
	const struct rom_unlocked *u = &dump->unlocked;
	const struct rom_userdata_facts *closed = u->with_keys;
	bool media = closed->media && !closed->media_encrypted;

	rom_facts_number(&ret->detail, "folders_open", u->dirs_open);
	rom_facts_number(&ret->detail, "folders_closed", u->dirs_closed);
	report_closed(closed, ret);
	if (media && !u->opened.image)
		rom_verdict_restart(ret);
	if (media)
		ret->access = ROM_ACCESS_YES;
	else if (u->opened.image)
		ret->access = ROM_ACCESS_KEY;
	if (u->dirs_open)
		rom_verdict_add(ret,
			rom_format("The keys %s open %zu of %zu encrypted "
				   "folders: %s",
				rom_secrets_count(dump->secrets, ROM_SECRET_KEY)
					? "given"
					: "in the dump that only a software "
					  "keymaster protects",
				u->dirs_open, u->dirs_open + u->dirs_closed,
				media ? "the photos can be saved."
				      : "the folder with the photos remains "
					"locked."));
	else if (rom_keyring_count(u->keyring))
		rom_verdict_add(ret, rom_strdup("None of the given keys opens "
						"any of its folders."));
}

static void report_dirs(const struct rom_dump *dump, struct rom_userdata *ret)
{
	const struct rom_unlocked *u = &dump->unlocked;
	const struct rom_userdata_facts *all = u->without_keys;

	for (size_t i = 0; u->opened.image && i < all->n_dirs; i++)
		rom_verdict_evidence(
			ret, ROM_NO_OFFSET, rom_policy_text(&all->dirs[i]));
	if (all->n_dirs)
		report_open_dirs(dump, ret);
}

void rom_analyze_report_unlocked(struct rom_dump *dump)
{
	const struct rom_unlocked *u = &dump->unlocked;
	struct rom_userdata *ret = &dump->report->userdata;

	if (u->opened.image)
		report_opened(u, ret);
	if (u->with_keys)
		report_dirs(dump, ret);
	else if (u->refused && !u->opened.image)
		rom_verdict_evidence(ret, ROM_NO_OFFSET, rom_strdup(u->why));
}
