/* SPDX-License-Identifier: MIT */
/* footers.c - all footers of full-disk encryption in a dump: one left over from
 * an earlier encryption may come before the right one */
#include "analyze_priv.h"
#include "romsplit/crypt.h"

enum { PERSIST_LEN = 0x1000, SECTOR = 512 };

/* Settings that the phone needs before the password is entered; vold stores
 * them unencrypted in two copies. The second is read only when the first has no
 * timezone. */
static void read_persist(struct rom_image *img, struct rom_found_footer *f)
{
	ROM_AUTO uint8_t *buf = rom_alloc(PERSIST_LEN);
	char key[33], value[93];

	for (uint64_t offset = PERSIST_LEN;
		offset <= 2 * PERSIST_LEN && !*f->timezone;
		offset += PERSIST_LEN) {
		struct rom_buffer v = { .p = buf };
		struct rom_err err;

		if (rom_read_some(img, buf, PERSIST_LEN, f->offset + offset,
			    &v.len, &err))
			continue;
		for (unsigned i = 0; rom_crypt_persist(&v, i, key, value);
			i++) {
			if (!strcmp(key, "persist.sys.timezone"))
				strcpy(f->timezone, value);
			if (!strcmp(key, "persist.sys.language") ||
				!strcmp(key, "persist.sys.locale"))
				strcpy(f->locale, value);
		}
	}
}

/* Higher: more likely the footer of this userdata. A filesystem larger than the
 * partition rules a footer out almost certainly, so that counts most. */
static int score(
	const struct rom_found_footer *f, const struct rom_range *userdata)
{
	bool fits = f->footer.fs_sectors <= userdata->len / SECTOR;
	bool own = f->offset >= userdata->offset &&
		   f->offset - userdata->offset < userdata->len;

	return 4 * fits + 2 * rom_fde_covers(&f->footer, userdata->len) + own;
}

static bool is_known(const struct rom_userdata_facts *f, uint64_t offset)
{
	for (size_t i = 0; i < f->n_footers; i++) {
		if (f->footers[i].offset == offset)
			return true;
	}
	return false;
}

static void add_footer(struct rom_image *img, const char *partition,
	uint64_t offset, struct rom_userdata_facts *f)
{
	struct rom_found_footer *found = &f->footers[f->n_footers];
	ROM_AUTO uint8_t *buf = rom_alloc(ROM_CRYPT_FOOTER_AREA);
	struct rom_buffer v = { .p = buf }, area = v;
	struct rom_err err;

	if (f->n_footers == ROM_MAX_FOOTERS || is_known(f, offset) ||
		rom_read_some(
			img, buf, ROM_CRYPT_FOOTER_LEN, offset, &v.len, &err) ||
		rom_crypt_footer_decode(&v, &found->footer))
		return;
	if (!rom_read_some(
		    img, buf, ROM_CRYPT_FOOTER_AREA, offset, &area.len, &err))
		rom_samsung_edk_find(&area, &found->footer.edk);
	/* no name: a bare image of userdata */
	found->partition = partition ? partition : "userdata";
	found->offset = offset;
	read_persist(img, found);
	f->n_footers++;
}

/* A dump that ends within the 16 KiB of the footer area still holds the footer,
 * but not at the usual distance from its end: every sector is tried. */
static void add_footers_of_tail(struct rom_image *img,
	const struct rom_partition *p, struct rom_userdata_facts *f)
{
	uint64_t end = p->range.offset + p->present;
	uint64_t len = rom_min(p->present, ROM_CRYPT_FOOTER_AREA);

	for (uint64_t offset = (end - len + SECTOR - 1) / SECTOR * SECTOR;
		offset < end; offset += SECTOR)
		add_footer(img, p->name, offset, f);
}

static uint64_t claimed_offset(const struct rom_claim *c)
{
	const struct rom_fact *fact = rom_facts_get(&c->detail, "at");

	return fact ? fact->number : 0;
}

bool rom_analyze_footer_first(struct rom_userdata_facts *f, uint64_t offset)
{
	for (size_t i = 1; i < f->n_footers; i++) {
		struct rom_found_footer found = f->footers[i];

		if (found.offset != offset)
			continue;
		f->footers[i] = f->footers[0];
		f->footers[0] = found;
		return true;
	}
	return false;
}

void rom_analyze_footers(struct rom_dump *dump,
	const struct rom_partition *userdata, struct rom_userdata_facts *f)
{
	const struct rom_partition *p;
	size_t best = 0;

	rom_each (p, &dump->report->partitions) {
		const struct rom_claim *c =
			rom_partition_claim(p, ROM_USAGE_KEY);

		if (c)
			add_footer(dump->img, p->name,
				p->range.offset + claimed_offset(c), f);
	}
	add_footers_of_tail(dump->img, userdata, f);
	for (size_t i = 1; i < f->n_footers; i++) {
		if (score(&f->footers[i], &f->range) >
			score(&f->footers[best], &f->range))
			best = i;
	}
	if (best)
		rom_analyze_footer_first(f, f->footers[best].offset);
}
