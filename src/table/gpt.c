/* SPDX-License-Identifier: MIT */
/* gpt.c - GUID partition tables, healthy and damaged, as MediaTek phones have
 * them: which copy is used, and its rows */
#include <inttypes.h>
#include <stdlib.h>

#include "gpt_priv.h"

enum { PGPT_MAX = 1 << 20, SGPT_MAX = 0x80000 };

/* What a table that is written back has to have again. */
static void keep_data(
	struct rom_partition *p, size_t slot, const struct rom_buffer *entry)
{
	struct rom_buffer v = *entry;

	p->gpt.known = true;
	p->gpt.slot = (unsigned)slot;
	p->gpt.attributes = rom_le64(&v, 0x30);
	memcpy(p->gpt.type, v.p, sizeof(p->gpt.type));
	memcpy(p->gpt.unique, v.p + 0x10, sizeof(p->gpt.unique));
	memcpy(p->gpt.name, v.p + 0x38, sizeof(p->gpt.name));
}

static void add_entry(struct rom_report *r, const struct gpt_copy *c, size_t i,
	const struct gpt_entry *e, enum rom_table_source source)
{
	ROM_AUTO char *name = rom_gpt_entry_name(&e->v);
	ROM_AUTO char *shown = rom_printable(name, strlen(name));
	uint32_t sector = c->h.sector;
	struct rom_partition *p;

	if (!*name) {
		free(name);
		name = rom_format("part%zu", i + 1);
	}
	/* an entry with a name was meant as one, so its loss is reported; one
	 * without a name is leftover bytes */
	if (!rom_gpt_is_plausible(c, e) && e->v.p[0x38] != 0) {
		r->table.entries_good = false;
		rom_report_note(r, ROM_DAMAGE, shown, e->v.offset,
			"GPT entry %zu (%s): expected first LBA <= last LBA, "
			"got %" PRIu64 " and %" PRIu64 "; left out",
			i + 1, shown, e->first, e->last);
		return;
	}
	if (!rom_gpt_is_plausible(c, e) &&
		(e->first > e->last || e->last >= UINT64_MAX / sector))
		return;
	p = rom_table_add(r, name,
		(struct rom_range){
			e->first * sector, (e->last + 1 - e->first) * sector },
		source);
	keep_data(p, i, &e->v);
	if (rom_report_find(r, name) != &r->partitions.v[r->partitions.n - 1])
		rom_report_note(r, ROM_WARNING, shown, e->v.offset,
			"GPT entry %zu repeats the name %s", i + 1, shown);
	if (r->table.device_size &&
		(e->last + 1) * sector > r->table.device_size)
		rom_report_note(r, ROM_DAMAGE, shown, e->v.offset,
			"%s ends at 0x%" PRIx64
			", past the end of the medium (0x%" PRIx64 ")",
			shown, (e->last + 1) * sector, r->table.device_size);
}

/* ---- pgpt and sgpt: rows of SP Flash Tool, not of the table -------------- */

static void add_table_rows(struct rom_report *r, const struct gpt_copy *c)
{
	uint64_t first = UINT64_MAX, end = 0, size = r->table.device_size;
	uint64_t least = GPT_ENTRIES_BYTES + c->h.sector,
		 head = least + c->h.sector;
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		first = rom_min(first, p->range.offset);
		end = rom_max(end, rom_range_end(p->range));
	}
	/* no row where the first partition overlaps the table */
	if (first >= head)
		rom_table_add(r, "pgpt",
			(struct rom_range){
				0, first <= PGPT_MAX ? first : head },
			ROM_SOURCE_NONE)
			->is_table = true;
	if (size < least || end > size - least)
		return;
	/* the factory lets sgpt extend from the last partition to the end:
	 * 0x4200, 0x8000 or 0x80000 bytes */
	if (size - end > SGPT_MAX)
		end = size - least;
	rom_table_add(r, "sgpt", (struct rom_range){ end, size - end },
		ROM_SOURCE_NONE)
		->is_table = true;
}

/* ---- which copy ---------------------------------------------------------- */

static bool is_healthy(const struct gpt_copy *c)
{
	return rom_gpt_copy_worth(c) == 8;
}

static void note_used_copy(struct rom_report *r, struct rom_image *img,
	const struct gpt_copy *primary, const struct gpt_copy *backup)
{
	bool backup_is_here =
		r->table.device_size && r->table.device_size <= img->size;

	/* of a file with the backup alone, the primary is not missed */
	if (rom_image_not_given(img, 512, 4096))
		return;
	if (!is_healthy(primary) &&
		rom_gpt_copy_worth(backup) > rom_gpt_copy_worth(primary)) {
		rom_report_note(r, ROM_DAMAGE, NULL,
			primary->h.sector ? primary->h.sector : 512,
			"the primary GPT is %s; the backup at 0x%" PRIx64
			" is used",
			rom_gpt_copy_worth(primary) ? "damaged" : "missing",
			backup->h.offset);
	} else if (!is_healthy(primary)) {
		rom_report_note(r, ROM_DAMAGE, NULL, primary->h.offset,
			"the primary GPT is damaged (%s) and there is no "
			"better backup; its entries look "
			"plausible and are used",
			!primary->has_header   ? "its header is missing"
			: !primary->h.crc_good ? "header checksum mismatch"
					       : "entries checksum mismatch");
	} else if (!is_healthy(backup) && backup_is_here) {
		rom_report_note(r, ROM_WARNING, NULL,
			r->table.device_size - primary->h.sector,
			"the backup GPT at the end of the dump is %s; the "
			"primary is healthy",
			rom_gpt_copy_worth(backup) ? "damaged" : "missing");
	}
}

static uint64_t device_size(const struct gpt_copy *c, bool is_backup)
{
	uint64_t last = is_backup ? c->h.my_lba : c->h.other_lba, size;

	if (!c->has_header || last < 2 || last == UINT64_MAX ||
		!rom_mul(last + 1, c->h.sector, &size))
		return 0;
	return size < (uint64_t)1 << 60 ? size : 0;
}

/* ---- two copies with gaps ------------------------------------------------ */

static bool overlaps_a_row(const struct rom_report *r, const struct gpt_copy *c,
	const struct gpt_entry *e)
{
	struct rom_range range = { e->first * c->h.sector,
		(e->last + 1 - e->first) * c->h.sector };
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (rom_range_common(p->range, range).len)
			return true;
	}
	return false;
}

/* Takes from the other copy the entries that are damaged in this one, except
 * those that overlap a known row. */
static void merge_other_copy(struct rom_report *r, const struct gpt_copy *c,
	const struct gpt_copy *other)
{
	enum rom_table_source source =
		other->h.my_lba == 1 || !other->has_header ? ROM_SOURCE_PRIMARY
							   : ROM_SOURCE_BACKUP;
	struct gpt_entry mine, its;
	size_t taken = 0;

	for (size_t i = 0; i < other->h.entries; i++) {
		if (!rom_gpt_is_sound(other, i, &its) ||
			rom_gpt_is_sound(c, i, &mine) ||
			other->h.sector != c->h.sector ||
			overlaps_a_row(r, other, &its))
			continue;
		add_entry(r, other, i, &its, source);
		taken++;
	}
	if (!taken)
		return;
	r->table.source = ROM_SOURCE_MERGED;
	rom_report_note(r, ROM_DAMAGE, NULL, c->entries_at,
		"both copies of the GPT are damaged: %zu entries are "
		"unreadable in this one and were taken from the other "
		"(0x%" PRIx64 ")",
		taken, other->entries_at);
}

static bool is_sum_of(const struct gpt_copy *c, uint32_t crc)
{
	return c->has_header && c->h.crc_good && c->h.entries_crc == crc;
}

static size_t count_rows(const struct rom_report *r)
{
	const struct rom_partition *p;
	size_t n = 0;

	rom_each (p, &r->partitions)
		n += p->gpt.known;
	return n;
}

/* Whether the entries, each taken from the copy that has it intact, are those
 * that an intact header has the checksum of, and each of them has a row: then
 * nothing is lost. */
static bool is_merge_exact(const struct rom_report *r, const struct gpt_copy *c,
	const struct gpt_copy *other)
{
	size_t size = c->h.entry_size;
	ROM_AUTO uint8_t *all = rom_alloc(c->h.entries * size + 1);
	struct gpt_copy merged = *c;
	struct gpt_entry e;
	size_t used = 0;
	uint32_t crc;

	if (other->h.entries != c->h.entries || other->h.entry_size != size)
		return false;
	memcpy(all, c->bytes, c->h.entries * size);
	for (size_t i = 0; i < c->h.entries; i++) {
		if (rom_gpt_is_sound(other, i, &e) &&
			!rom_gpt_is_sound(c, i, &e))
			memcpy(all + i * size, other->bytes + i * size, size);
	}
	merged.bytes = all;
	for (size_t i = 0; i < c->h.entries; i++)
		used += rom_gpt_entry_at(&merged, i, &e);
	crc = rom_crc32(all, c->h.entries * size);
	return used == count_rows(r) &&
	       (is_sum_of(c, crc) || is_sum_of(other, crc));
}

static void add_entries(struct rom_report *r, const struct gpt_copy *c,
	const struct gpt_copy *other)
{
	bool merge = !c->entries_good && other->bytes && other->used;
	struct gpt_entry e;

	for (size_t i = 0; i < c->h.entries; i++) {
		/* an entry that only the other copy has intact is left to the
		 * merge */
		if (rom_gpt_entry_at(c, i, &e) &&
			!(merge && rom_gpt_is_sound(other, i, &e) &&
				!rom_gpt_is_sound(c, i, &e)) &&
			rom_gpt_entry_at(c, i, &e))
			add_entry(r, c, i, &e, r->table.source);
	}
	if (!merge)
		return;
	merge_other_copy(r, c, other);
	r->table.entries_good = is_merge_exact(r, c, other);
}

static void fill_report(struct rom_image *img, struct rom_report *r,
	const struct gpt_copy *primary, const struct gpt_copy *backup)
{
	bool use_backup =
		rom_gpt_copy_worth(backup) > rom_gpt_copy_worth(primary);
	const struct gpt_copy *c = use_backup ? backup : primary;
	uint64_t end = img->size;
	struct rom_partition *p;

	r->table = (struct rom_table){
		.kind = ROM_TABLE_GPT,
		.source = use_backup ? ROM_SOURCE_BACKUP : ROM_SOURCE_PRIMARY,
		.sector_size = c->h.sector,
		/* eMMC has sectors of 512 bytes only */
		.region = c->h.sector == 4096 ? ROM_REGION_UFS_LU2
					      : ROM_REGION_EMMC_USER,
		.device_size = device_size(c, use_backup),
		.entries_good = c->entries_good,
		.has_guid = c->has_header,
	};
	memcpy(r->table.guid, c->h.guid, sizeof(r->table.guid));
	note_used_copy(r, img, primary, backup);
	add_entries(r, c, use_backup ? primary : backup);
	r->table.vendor = rom_table_vendor(r);
	add_table_rows(r, c);
	r->complete =
		r->table.device_size ? img->size >= r->table.device_size : true;
	rom_each (p, &r->partitions) {
		if (rom_range_end(p->range) > img->size &&
			!r->table.device_size)
			r->complete = false;
	}
	rom_table_finish(img, r, rom_max(r->table.device_size, end));
}

/* ---- a header alone ------------------------------------------------------ */

/* A header with a valid checksum at offset, whose entries were not given. */
static bool is_header_alone(struct rom_image *img, uint64_t offset,
	uint32_t sector, struct gpt_copy *ret)
{
	uint64_t at = 0, my = 0;

	if (!rom_gpt_header_at(img, offset, &ret->h) || !ret->h.crc_good ||
		!rom_mul(ret->h.entries_lba, sector, &at) ||
		!rom_mul(ret->h.my_lba, sector, &my) || my != offset ||
		rom_image_present(img, at, GPT_ENTRIES_BYTES) > 0)
		return false;
	ret->h.sector = sector;
	ret->h.entries = 0;
	ret->has_header = true;
	return true;
}

/* It tells how large the medium is, and no more. */
static bool read_header_alone(struct rom_image *img, struct rom_report *r)
{
	static const uint32_t sectors[] = { 512, 4096 };
	struct gpt_copy c = { 0 };
	bool backup = false, found = false;
	uint64_t size = 0;

	for (size_t i = 0; i < 4 && !found; i++) {
		uint32_t sector = sectors[i % 2];

		backup = i >= 2;
		found = img->size > sector &&
			is_header_alone(img,
				backup ? img->size - sector : sector, sector,
				&c);
		size = found ? device_size(&c, backup) : 0;
	}
	if (!size)
		return false;
	r->table = (struct rom_table){
		.kind = ROM_TABLE_GPT,
		.source = backup ? ROM_SOURCE_BACKUP : ROM_SOURCE_PRIMARY,
		.sector_size = c.h.sector,
		.region = c.h.sector == 4096 ? ROM_REGION_UFS_LU2
					     : ROM_REGION_EMMC_USER,
		.device_size = size,
	};
	r->table.vendor = rom_table_vendor(r);
	add_table_rows(r, &c);
	r->complete = false;
	rom_table_finish(img, r, size);
	rom_report_note(r, ROM_WARNING, NULL, c.h.offset,
		"this is the header of the GPT alone: it tells how large the "
		"medium is, but the partitions are listed in its entries, "
		"which are not here; read back the first 0x8000 bytes of the "
		"region, or more");
	return true;
}

static enum rom_status read_gpt(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct gpt_copy primary = { 0 }, backup = { 0 };
	bool found = rom_gpt_find_copies(img, report, &primary, &backup);

	(void)err;
	(void)options;
	if (found)
		fill_report(img, report, &primary, &backup);
	else
		found = read_header_alone(img, report);
	rom_gpt_copy_done(&primary);
	rom_gpt_copy_done(&backup);
	return found ? ROM_OK : ROM_NO_MATCH;
}

const struct rom_table_reader rom_table_gpt = { .read = read_gpt };
