/* SPDX-License-Identifier: MIT */
/* footers.c - the footers of full-disk encryption in a dump, wherever they lie;
 * an old one may hide the right one */
#include "analyze_priv.h"
#include "romsplit/crypt.h"

enum { PERSIST_LEN = 0x1000, SECTOR = 512 };

/* Settings that the phone needed before the password was typed: kept twice,
 * open. */
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

/* The better, the more likely it is the one of this userdata. */
static int rank(
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

static void take(struct rom_image *img, const char *partition, uint64_t offset,
	struct rom_userdata_facts *f)
{
	struct rom_found_footer *found = &f->footers[f->n_footers];
	uint8_t buf[ROM_CRYPT_FOOTER_LEN];
	struct rom_buffer v = { .p = buf };
	struct rom_err err;

	if (f->n_footers == ROM_MAX_FOOTERS || is_known(f, offset) ||
		rom_read_some(img, buf, sizeof(buf), offset, &v.len, &err) ||
		rom_crypt_footer_decode(&v, &found->footer))
		return;
	/* a bare image of it */
	found->partition = partition ? partition : "userdata";
	found->offset = offset;
	read_persist(img, found);
	f->n_footers++;
}

/* A dump that ends within the 16 KiB of a footer still holds it, at another
 * place from its end. */
static void take_tail(struct rom_image *img, const struct rom_partition *p,
	struct rom_userdata_facts *f)
{
	uint64_t end = p->range.offset + p->present;
	uint64_t len = rom_min(p->present, ROM_CRYPT_FOOTER_AREA);

	for (uint64_t offset = (end - len + SECTOR - 1) / SECTOR * SECTOR;
		offset < end; offset += SECTOR)
		take(img, p->name, offset, f);
}

static uint64_t claimed_at(const struct rom_claim *c)
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
			take(dump->img, p->name,
				p->range.offset + claimed_at(c), f);
	}
	take_tail(dump->img, userdata, f);
	for (size_t i = 1; i < f->n_footers; i++) {
		if (rank(&f->footers[i], &f->range) >
			rank(&f->footers[best], &f->range))
			best = i;
	}
	if (best)
		rom_analyze_footer_first(f, f->footers[best].offset);
}
