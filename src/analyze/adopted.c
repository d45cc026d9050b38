/* SPDX-License-Identifier: MIT */
/*
 * adopted.c - SD cards that a phone adopts as internal storage
 *
 * vold (PrivateVolume, Disk, since Android 6) makes two partitions on the card,
 * android_meta and android_expand, and encrypts the latter with dm-crypt or
 * dm-default-key. The raw key lies on the phone, in
 * /data/misc/vold/expand_GUID.key: the unique GUID of android_expand in the GPT
 * of the card, in lower-case hex without dashes.
 */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/cipher.h"
#include "romsplit/crypt.h"

#define KEY_DIR	 "/misc/vold"
#define KEY_NAME "expand_%.32s.key"

enum { GUID_DIGITS = 32, NAME_LEN = 7 + GUID_DIGITS + 4 };

bool rom_analyze_is_adopted(const struct rom_partition *p)
{
	return p->name && !strcmp(p->name, "android_expand");
}

/* A key of an adopted card in a phone's userdata. */
struct card {
	char guid[GUID_DIGITS + 1];
	uint8_t key[64];
	size_t len; /* of the key; 0: it cannot be read, or has another size */
};

struct card_list {
	struct card v[ROM_MAX_CARDS];
	size_t n;
};

static bool add_card(void *ctx, const struct rom_dirent *e)
{
	struct card_list *l = ctx;

	if (e->len != NAME_LEN || memcmp(e->name, "expand_", 7) ||
		memcmp(e->name + 7 + GUID_DIGITS, ".key", 4))
		return true;
	for (size_t i = 7; i < 7 + GUID_DIGITS; i++) {
		if (!strchr("0123456789abcdef", e->name[i]))
			return true;
	}
	memcpy(l->v[l->n++].guid, e->name + 7, GUID_DIGITS);
	return l->n < ROM_MAX_CARDS;
}

/* vold writes 16 bytes for AES-128-CBC-ESSIV, 32 for Adiantum, 64 for
 * AES-256-XTS. */
static void read_key(struct rom_fs *fs, struct card *card)
{
	ROM_AUTO char *path = rom_format(KEY_DIR "/" KEY_NAME, card->guid);
	struct rom_inode in;
	struct rom_err err;
	size_t len = 0;

	if (rom_fs_lookup(fs, path, &in, &err) || in.encrypted ||
		in.size > sizeof(card->key) || in.size < 16 || in.size % 16 ||
		rom_fs_read(
			fs, &in, 0, card->key, sizeof(card->key), &len, &err))
		return;
	card->len = len == in.size ? len : 0;
}

/* All keys; wiped by the caller. NULL: there is no such directory that can be
 * read. */
static struct card_list *find_cards(struct rom_fs *fs)
{
	struct card_list *l = rom_alloc(sizeof(*l));
	struct rom_inode dir;
	struct rom_err err;

	if (rom_fs_lookup(fs, KEY_DIR, &dir, &err) ||
		dir.type != ROM_FILE_DIRECTORY) {
		free(l);
		return NULL;
	}
	rom_fs_list(fs, dir.ino, 0, add_card, l, &err);
	for (size_t i = 0; i < l->n; i++)
		read_key(fs, &l->v[i]);
	return l;
}

static void free_cards(struct card_list *l)
{
	rom_wipe(l, l ? sizeof(*l) : 0);
	free(l);
}

/* The filesystem of userdata, if it can be read. */
static struct rom_fs *open_userdata(struct rom_dump *dump)
{
	const struct rom_partition *p = rom_analyze_userdata(dump->report);
	const struct rom_userdata *u = &dump->report->userdata;

	if (!p || !p->present ||
		(u->access != ROM_ACCESS_YES && !dump->unlocked.dirs_open))
		return NULL;
	return rom_fs_cache_usual(dump, p);
}

static void note_card(struct rom_report *r, const struct rom_adopted_card *c)
{
	rom_report_note(r, ROM_INFO, r->userdata.partition, ROM_NO_OFFSET,
		"this phone adopted an SD card as internal storage: "
		"/data/misc/vold/" KEY_NAME
		" %s the card whose android_expand has that GUID%s",
		c->guid, c->key_size ? "opens" : "belongs to",
		c->key_size ? " (romsplit unlock CARD --key-from this dump)"
			    : ", but is no key that can be read");
}

void rom_analyze_adopted_cards(struct rom_dump *dump)
{
	struct rom_fs *fs = open_userdata(dump);
	struct card_list *l = fs ? find_cards(fs) : NULL;

	for (size_t i = 0; l && i < l->n; i++) {
		struct rom_adopted_card *c = &dump->facts->cards[i];

		*c = (struct rom_adopted_card){ .key_size = l->v[i].len };
		memcpy(c->guid, l->v[i].guid, sizeof(c->guid));
		dump->facts->n_cards++;
		note_card(dump->report, c);
	}
	free_cards(l);
	rom_analyze_report_cards(dump);
}

void rom_analyze_report_cards(struct rom_dump *dump)
{
	const struct rom_userdata_facts *f = dump->facts;
	struct rom_facts *detail = &dump->report->userdata.detail;

	for (size_t i = 0; i < f->n_cards; i++) {
		struct rom_facts *item =
			rom_facts_item(detail, "adopted_cards");

		rom_facts_text(item, "guid", f->cards[i].guid);
		rom_facts_number(item, "key_size", f->cards[i].key_size);
	}
}

enum rom_status rom_dump_expand_keys(
	struct rom_dump *phone, struct rom_secrets *to, struct rom_err *err)
{
	struct rom_fs *fs = open_userdata(phone);
	struct card_list *l;
	enum rom_status st = ROM_OK;
	size_t n = 0;

	if (!fs)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"its userdata cannot be read: %s",
			phone->report->userdata.summary);
	l = find_cards(fs);
	for (size_t i = 0; l && i < l->n && !st; i++) {
		ROM_AUTO char *name = rom_format(
			"the key " KEY_NAME " of the phone", l->v[i].guid);

		if (!l->v[i].len)
			continue;
		st = rom_secrets_add_key(
			to, l->v[i].key, l->v[i].len, name, err);
		n++;
	}
	free_cards(l);
	if (!st && !n)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"there is no key of an adopted SD card "
			"(/data/misc/vold/expand_*.key) in its userdata that "
			"can be read");
	return st;
}
