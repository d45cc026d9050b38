/* SPDX-License-Identifier: MIT */
/* unlock.c - opens userdata with what the user gave, and says in the report
 * what that opened */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/crypt.h"

void rom_unlocked_done(struct rom_unlocked *u)
{
	rom_decrypted_done(&u->opened);
	rom_image_close(u->raw);
	rom_keyring_free(u->keyring);
	*u = (struct rom_unlocked){ 0 };
}

/* ---- once: what opens ---------------------------------------------------- */

static void fill_keyring(struct rom_unlocked *u)
{
	u->keyring = rom_keyring_new();
	for (size_t i = 0; u->secrets && i < u->secrets->n; i++) {
		const struct rom_secret *s = &u->secrets->v[i];

		if (s->kind == ROM_SECRET_KEY)
			rom_keyring_add(u->keyring, s->bytes, s->len);
	}
}

/* What a software keymaster left open of the keys of files; without any key
 * there is no keyring. */
static void find_soft_keys(struct rom_image *part, struct rom_unlocked *u)
{
	struct rom_image *meta = u->opened.image ? u->opened.image : part;
	struct rom_fs_options options = { .keyring = u->keyring };
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	struct rom_err err;

	if (!rom_fs_open(meta, u->raw ? u->raw : meta, &options, &fs, &err))
		u->soft_keys += rom_analyze_soft_keys(fs, u->keyring);
	if (rom_keyring_count(u->keyring))
		return;
	rom_keyring_free(u->keyring);
	u->keyring = NULL;
}

static bool open_by_soft_key(struct rom_image *img, struct rom_image *part,
	struct rom_report *r, const struct rom_userdata_facts *f,
	struct rom_unlocked *u)
{
	uint8_t key[64];
	size_t n = rom_analyze_soft_metadata(img, r, f, key);
	struct rom_secrets *found = rom_secrets_new();
	struct rom_err err;
	bool good =
		n && !rom_secrets_add(found, ROM_SECRET_KEY, key, n, &err) &&
		!rom_key_open(part, f->range.offset, found, &u->opened, &err);

	rom_wipe(key, sizeof(key));
	rom_secrets_free(found);
	if (!good)
		return false;
	snprintf(u->opened.by, sizeof(u->opened.by),
		"a key that a software keymaster left open in the dump");
	u->soft_keys++;
	return true;
}

/* By one of the footers. When none opens, what is said of the likeliest one is
 * told. */
static enum rom_status open_by_footer(struct rom_image *part,
	const struct rom_userdata_facts *f, struct rom_unlocked *u,
	struct rom_err *err)
{
	struct rom_err other;

	for (size_t i = 0; i < f->n_footers; i++) {
		const struct rom_found_footer *found = &f->footers[i];

		if (i && found->footer.fs_sectors > f->range.len / 512)
			continue;
		u->footer_offset = found->offset;
		if (!rom_fde_open(part, f->range.offset, &found->footer,
			    u->secrets, &u->opened, i ? &other : err))
			return ROM_OK;
	}
	u->footer_offset = f->footers[0].offset;
	return ROM_E_ENCRYPTED;
}

static enum rom_status open_whole(struct rom_image *part,
	const struct rom_userdata_facts *f, enum rom_verdict_kind verdict,
	struct rom_unlocked *u, struct rom_err *err)
{
	enum rom_status st;

	if (verdict == ROM_VERDICT_FDE ||
		verdict == ROM_VERDICT_FDE_INTERRUPTED)
		return open_by_footer(part, f, u, err);
	st = rom_key_open(part, f->range.offset, u->secrets, &u->opened, err);
	if (st && !u->opened.tried && u->secrets && u->secrets->n)
		rom_fail(err, st, ROM_NO_OFFSET,
			"userdata: a password alone cannot open it, because "
			"nothing in the dump makes a key of it");
	return st;
}

/* True when all of it is encrypted in a way that may open. */
static bool is_closed(
	const struct rom_userdata_facts *f, enum rom_verdict_kind verdict)
{
	return !rom_has_filesystem(f) && verdict != ROM_VERDICT_WIPED &&
	       verdict != ROM_VERDICT_ABSENT;
}

static void ask(struct rom_image *img, struct rom_image *part,
	struct rom_report *r, const struct rom_userdata_facts *f,
	struct rom_unlocked *u)
{
	enum rom_verdict_kind verdict = r->userdata.verdict;
	struct rom_err err;

	fill_keyring(u);
	if (is_closed(f, verdict) && !open_by_soft_key(img, part, r, f, u) &&
		open_whole(part, f, verdict, u, &err)) {
		u->refused =
			u->secrets && (u->secrets->n || u->secrets->try_pins);
		snprintf(u->why, sizeof(u->why), "%s", err.text);
	}
	if (u->opened.image && verdict != ROM_VERDICT_FDE &&
		verdict != ROM_VERDICT_FDE_INTERRUPTED)
		u->raw = rom_image_ref(part);
	if (u->opened.image || f->n_dirs) {
		find_soft_keys(part, u);
	} else {
		rom_keyring_free(u->keyring);
		u->keyring = NULL;
	}
}

/* ---- each time: what to say of it ---------------------------------------- */

static void report_opened(const struct rom_unlocked *u, struct rom_fs *fs,
	struct rom_userdata *ret)
{
	const struct rom_decrypted *o = &u->opened;

	rom_verdict_evidence(ret, ROM_NO_OFFSET,
		rom_format("opened by %s: %s; %s", o->by, o->with,
			fs	   ? "a filesystem is there"
			: o->sound ? "a superblock is there, but its "
				     "filesystem cannot be read"
				   : "the footer's check agrees, but no "
				     "filesystem is there: it is damaged"));
	if (o->border)
		rom_verdict_evidence(ret, ROM_NO_OFFSET,
			rom_format(
				"encrypted up to 0x%" PRIx64
				" of the partition (%s), plain from there on",
				o->border,
				o->border_found ? "found by trying"
						: "as the footer says"));
	if (o->in_place)
		rom_verdict_evidence(ret, ROM_NO_OFFSET,
			rom_strdup("it was encrypted in place: free blocks "
				   "hold what they held before, and are given "
				   "as they lie"));
	rom_facts_text(&ret->detail, "opened_by", o->by);
	rom_facts_text(&ret->detail, "opened_with", o->with);
	if (fs)
		ret->filesystem = rom_fs_kind(fs);
	if (fs && (ret->access != ROM_ACCESS_PASSWORD || ret->confidence < 0.9))
		rom_verdict_restart(ret); /* it is certain now, and open */
	ret->access = fs ? ROM_ACCESS_YES : ROM_ACCESS_NO;
	if (fs) /* nothing but the right key makes a filesystem of it */
		ret->confidence = 1.0;
	rom_verdict_add(ret,
		fs ? rom_format("It was opened by %s.", o->by)
		   : rom_format("%c%s opens it, but there is no filesystem "
				"that can be read: it is damaged.",
			     o->by[0] & ~0x20, o->by + 1));
}

/* The folders of which a key was found, and those of which not. */
static void count_folders(const struct rom_userdata_facts *closed_and_open,
	const struct rom_userdata_facts *closed, struct rom_unlocked *u)
{
	u->folders_closed = closed->n_dirs;
	u->folders_open = closed_and_open->n_dirs;
	for (size_t i = 0; i < closed->n_dirs; i++) {
		for (size_t j = 0; j < closed_and_open->n_dirs; j++) {
			if (!strcmp(closed->dirs[i].path,
				    closed_and_open->dirs[j].path))
				u->folders_open--;
		}
	}
}

static void report_closed(
	const struct rom_userdata_facts *closed, struct rom_userdata *ret)
{
	for (size_t i = 0; i < closed->n_dirs; i++) {
		char key[33];

		rom_hex(closed->dirs[i].context.key,
			closed->dirs[i].context.key_len, key);
		rom_verdict_evidence(ret, ROM_NO_OFFSET,
			rom_format("%s stays closed: the key %s is not among "
				   "those given",
				closed->dirs[i].path, key));
	}
}

static void report_folders(const struct rom_unlocked *u,
	const struct rom_userdata_facts *closed, struct rom_userdata *ret)
{
	bool media = closed->media && !closed->media_encrypted;

	rom_facts_number(&ret->detail, "folders_open", u->folders_open);
	rom_facts_number(&ret->detail, "folders_closed", u->folders_closed);
	report_closed(closed, ret);
	if (media && !u->opened.image)
		rom_verdict_restart(ret);
	if (media)
		ret->access = ROM_ACCESS_YES;
	else if (u->opened.image)
		ret->access = ROM_ACCESS_KEY;
	if (u->folders_open)
		rom_verdict_add(ret,
			rom_format("The keys %s open %zu of %zu encrypted "
				   "folders; %s",
				rom_secrets_count(u->secrets, ROM_SECRET_KEY)
					? "given"
					: "that a software keymaster left open "
					  "in the dump",
				u->folders_open,
				u->folders_open + u->folders_closed,
				media ? "the photos can be saved."
				      : "the folder of the photos stays "
					"closed."));
	else if (u->keyring)
		rom_verdict_add(ret, rom_strdup("None of the keys given opens "
						"any of its folders."));
}

/* Asks the filesystem twice: as it is without keys, and with them. */
static void report_fs(struct rom_image *part,
	const struct rom_userdata_facts *f, struct rom_unlocked *u,
	struct rom_userdata *ret)
{
	struct rom_image *meta = u->opened.image ? u->opened.image : part;
	struct rom_fs_options options = { .keyring = u->keyring };
	struct rom_userdata_facts *all = rom_alloc(sizeof(*all)),
				  *closed = rom_alloc(sizeof(*closed));
	ROM_AUTO_FS struct rom_fs *fs = NULL, *plain = NULL;
	struct rom_err err;
	bool good =
		!rom_fs_open(meta, u->raw ? u->raw : meta, &options, &fs, &err);

	if (u->opened.image)
		report_opened(u, good ? fs : NULL, ret);
	if (good && !rom_fs_open(meta, meta, NULL, &plain, &err)) {
		rom_analyze_ask_fs(plain, all);
		rom_analyze_ask_fs(fs, closed);
		count_folders(all, closed, u);
		for (size_t i = 0; u->opened.image && i < all->n_dirs; i++)
			rom_verdict_evidence(ret, ROM_NO_OFFSET,
				rom_policy_text(&all->dirs[i]));
		if (all->n_dirs)
			report_folders(u, closed, ret);
		u->refused = f->filesystem && all->n_dirs && !u->folders_open &&
			     rom_secrets_count(u->secrets, ROM_SECRET_KEY);
		if (u->refused)
			snprintf(u->why, sizeof(u->why),
				"userdata: none of the keys given opens any of "
				"its folders");
	}
	free(all);
	free(closed);
}

void rom_analyze_open(struct rom_image *img, struct rom_image *part,
	struct rom_report *r, const struct rom_userdata_facts *f,
	struct rom_unlocked *u)
{
	if (!u->asked)
		ask(img, part, r, f, u);
	u->asked = true;
}

void rom_analyze_unlock(struct rom_image *part, struct rom_report *r,
	const struct rom_userdata_facts *f, struct rom_unlocked *u)
{
	if (u->opened.image || (u->keyring && f->filesystem && f->n_dirs))
		report_fs(part, f, u, &r->userdata);
	else if (u->refused)
		rom_verdict_evidence(
			&r->userdata, ROM_NO_OFFSET, rom_strdup(u->why));
}
