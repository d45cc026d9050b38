/* SPDX-License-Identifier: MIT */
/* unlock.c - opens userdata with the secrets given and with keys that the dump
 * holds unprotected */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/crypt.h"

void rom_unlocked_done(struct rom_unlocked *u)
{
	rom_decrypted_done(&u->opened);
	rom_image_close(u->raw);
	rom_keyring_free(u->keyring);
	free(u->without_keys);
	free(u->with_keys);
	*u = (struct rom_unlocked){ 0 };
}

/* ---- userdata as a whole ------------------------------------------------- */

/* A userdata that is encrypted as a whole. */
struct closed_userdata {
	struct rom_dump *dump;
	const struct rom_userdata_facts *f;
	struct rom_image *part;
	enum rom_verdict_kind verdict;
};

static bool is_fde(enum rom_verdict_kind verdict)
{
	return verdict == ROM_VERDICT_FDE ||
	       verdict == ROM_VERDICT_FDE_INTERRUPTED;
}

static bool open_by_soft_key(const struct closed_userdata *c)
{
	struct rom_decrypted *opened = &c->dump->unlocked.opened;
	uint8_t key[64];
	size_t n = rom_analyze_soft_metadata_key(c->dump, c->f, key);
	struct rom_secrets *found = rom_secrets_new();
	struct rom_err err;
	bool good =
		n && !rom_secrets_add(found, ROM_SECRET_KEY, key, n, &err) &&
		!rom_key_open(c->part, c->f->range.offset, found, opened, &err);

	rom_wipe(key, sizeof(key));
	rom_secrets_free(found);
	if (good)
		snprintf(opened->by, sizeof(opened->by),
			"a key in the dump that only a software keymaster "
			"protects");
	return good;
}

/* Tries all footers. When none opens it, err is that of the first, which is the
 * likeliest one. */
static enum rom_status open_by_footer(
	const struct closed_userdata *c, struct rom_err *err)
{
	const struct rom_userdata_facts *f = c->f;
	struct rom_unlocked *u = &c->dump->unlocked;
	struct rom_err other;

	for (size_t i = 0; i < f->n_footers; i++) {
		const struct rom_found_footer *found = &f->footers[i];

		/* a footer of a larger partition is not worth the seconds that
		 * scrypt takes for each try; the likeliest one always is */
		if (i && found->footer.fs_sectors > f->range.len / 512)
			continue;
		u->footer_offset = found->offset;
		if (!rom_fde_open(c->part, f->range.offset, &found->footer,
			    c->dump->secrets, &u->opened, i ? &other : err))
			return ROM_OK;
	}
	u->footer_offset = f->footers[0].offset;
	return ROM_E_ENCRYPTED;
}

static enum rom_status open_by_secrets(
	const struct closed_userdata *c, struct rom_err *err)
{
	const struct rom_secrets *secrets = c->dump->secrets;
	struct rom_decrypted *opened = &c->dump->unlocked.opened;
	enum rom_status st;

	if (is_fde(c->verdict))
		return open_by_footer(c, err);
	st = rom_key_open(c->part, c->f->range.offset, secrets, opened, err);
	if (st && opened->tried && c->f->adopted && *c->f->guid)
		rom_fail(err, st, ROM_NO_OFFSET,
			"userdata: none of the given keys opens this adopted "
			"SD card; its key is expand_%s.key of the phone that "
			"adopted it",
			c->f->guid);
	if (st && !opened->tried && secrets && secrets->n)
		rom_fail(err, st, ROM_NO_OFFSET,
			"userdata: a password alone cannot open it, because "
			"the dump holds nothing to derive the key from");
	return st;
}

/* True when it may be encrypted as a whole. */
static bool may_be_encrypted_whole(
	const struct rom_userdata_facts *f, enum rom_verdict_kind verdict)
{
	return !rom_has_filesystem(f) && verdict != ROM_VERDICT_WIPED &&
	       verdict != ROM_VERDICT_ABSENT;
}

static void open_whole(const struct closed_userdata *c)
{
	struct rom_unlocked *u = &c->dump->unlocked;
	const struct rom_secrets *secrets = c->dump->secrets;
	struct rom_err err;

	if (!open_by_soft_key(c) && open_by_secrets(c, &err)) {
		u->refused = secrets && (secrets->n || secrets->try_pins);
		snprintf(u->why, sizeof(u->why), "%s", err.text);
	}
	/* metadata encryption does not encrypt the contents of encrypted files
	 * a second time; full-disk encryption encrypts everything */
	if (u->opened.image && !is_fde(c->verdict))
		u->raw = rom_image_ref(c->part);
}

/* ---- file by file -------------------------------------------------------- */

static void add_given_keys(
	struct rom_keyring *keys, const struct rom_secrets *secrets)
{
	for (size_t i = 0; secrets && i < secrets->n; i++) {
		const struct rom_secret *s = &secrets->v[i];

		if (s->kind == ROM_SECRET_KEY)
			rom_keyring_add(keys, s->bytes, s->len);
	}
}

static struct rom_userdata_facts *list_encrypted_dirs(struct rom_fs *fs)
{
	struct rom_userdata_facts *f = rom_alloc(sizeof(*f));

	rom_analyze_encrypted_dirs(fs, f);
	return f;
}

static struct rom_userdata_facts *copy_facts(const struct rom_userdata_facts *f)
{
	struct rom_userdata_facts *copy = rom_alloc(sizeof(*copy));

	*copy = *f;
	return copy;
}

/* Directories in both lists are still closed; the others of the first list have
 * been opened by a key. */
static void count_open_dirs(struct rom_unlocked *u)
{
	const struct rom_userdata_facts *all = u->without_keys,
					*closed = u->with_keys;

	u->dirs_closed = closed->n_dirs;
	u->dirs_open = all->n_dirs;
	for (size_t i = 0; i < closed->n_dirs; i++) {
		for (size_t j = 0; j < all->n_dirs; j++) {
			if (!strcmp(closed->dirs[i].path, all->dirs[j].path))
				u->dirs_open--;
		}
	}
}

static void check_refused(struct rom_dump *dump)
{
	struct rom_unlocked *u = &dump->unlocked;

	u->refused = dump->facts->filesystem && u->without_keys->n_dirs &&
		     !u->dirs_open &&
		     rom_secrets_count(dump->secrets, ROM_SECRET_KEY);
	if (u->refused)
		snprintf(u->why, sizeof(u->why),
			"userdata: none of the given keys opens any of its "
			"folders");
}

/* Lists the encrypted directories twice: while the keyring is empty, and with
 * all keys in it. */
static void add_file_keys(struct rom_dump *dump, const struct rom_partition *p)
{
	struct rom_unlocked *u = &dump->unlocked;
	const struct rom_userdata_facts *f = dump->facts;
	bool decrypted = u->opened.image;
	struct rom_fs *fs =
		decrypted || f->n_dirs ? rom_fs_cache_usual(dump, p) : NULL;

	if (!fs)
		return;
	u->filesystem = rom_fs_kind(fs);
	u->without_keys = decrypted ? list_encrypted_dirs(fs) : copy_facts(f);
	add_given_keys(u->keyring, dump->secrets);
	rom_analyze_soft_keys(fs, u->keyring);
	if (!decrypted && !(rom_keyring_count(u->keyring) && f->filesystem))
		return;
	u->with_keys = list_encrypted_dirs(fs);
	count_open_dirs(u);
	check_refused(dump);
}

void rom_analyze_unlock(struct rom_dump *dump, const struct rom_partition *p)
{
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_partition_open(dump->img, p);
	const struct closed_userdata c = { dump, dump->facts, part,
		dump->report->userdata.verdict };

	if (may_be_encrypted_whole(c.f, c.verdict))
		open_whole(&c);
	add_file_keys(dump, p);
}
