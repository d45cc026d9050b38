/* SPDX-License-Identifier: MIT */
/* place.c - filesystems that do not begin where their partition does */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/probe.h"

/* Of how much of what is left of the row a filesystem has to take one part. */
enum { LEAST_SHARE = 4 };

struct row_places {
	size_t row; /* of the report */
	bool all;   /* found by reading all of it */
	rom_fs_places places;
};

struct rom_row_places {
	ROM_VEC(struct row_places) rows;
};

void rom_analyze_places_free(struct rom_row_places *places)
{
	struct row_places *r;

	if (!places)
		return;
	rom_each (r, &places->rows)
		rom_vec_done(&r->places);
	rom_vec_done(&places->rows);
	free(places);
}

static size_t row_of(const struct rom_dump *dump, const struct rom_partition *p)
{
	return (size_t)(p - dump->report->partitions.v);
}

static struct row_places *find_row(const struct rom_dump *dump, size_t row)
{
	struct row_places *r;

	if (!dump->places)
		return NULL;
	rom_each (r, &dump->places->rows) {
		if (r->row == row)
			return r;
	}
	return NULL;
}

static struct row_places *add_row(struct rom_dump *dump, size_t row)
{
	struct row_places *r;

	if (!dump->places)
		dump->places = rom_alloc(sizeof(*dump->places));
	r = rom_vec_add(&dump->places->rows);
	*r = (struct row_places){ .row = row };
	return r;
}

const rom_fs_places *rom_analyze_places(
	struct rom_dump *dump, const struct rom_partition *p, bool all)
{
	const size_t row = row_of(dump, p);
	struct row_places *r = find_row(dump, row);
	ROM_AUTO_IMAGE struct rom_image *part = NULL;

	if (r && (r->all || !all))
		return &r->places;
	r = r ? r : add_row(dump, row);
	rom_vec_done(&r->places);
	part = rom_partition_open(dump->img, p);
	rom_fs_locate(part, all, dump->progress, &r->places);
	r->all = all;
	return &r->places;
}

const struct rom_fs_place *rom_analyze_place(
	const struct rom_dump *dump, const struct rom_partition *p)
{
	const struct row_places *r = find_row(dump, row_of(dump, p));
	const struct rom_fs_place *best = NULL, *place;

	if (!r)
		return NULL;
	rom_each (place, &r->places) {
		if (place->has_root &&
			place->size >=
				(p->range.len - place->start) / LEAST_SHARE &&
			(!best || place->size > best->size))
			best = place;
	}
	return best;
}

/* ---- as the content of a row --------------------------------------------- */

/* Probes the place as a partition of its own, and moves the claims to the
 * row. */
static void take_claims(struct rom_dump *dump, struct rom_partition *p,
	const struct rom_fs_place *place)
{
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_partition_open(dump->img, p);
	ROM_AUTO_IMAGE struct rom_image *slice = rom_image_open_slice(part,
		(struct rom_range){ place->start, part->size - place->start },
		part->name);
	struct rom_partition own = { .name = p->name, .range = p->range };
	struct rom_claim *c;

	rom_probe(slice, dump->report, &own);
	rom_each (c, &own.claims) {
		c->magic_offset += place->start;
		c->used += c->used ? place->start : 0;
		*rom_vec_add(&p->claims) = *c;
	}
	own.claims.n = 0;
	rom_claims_done(&own.claims);
	rom_claims_sort(&p->claims);
}

const struct rom_fs_place *rom_analyze_take_place(
	struct rom_dump *dump, struct rom_partition *p, bool all)
{
	const bool known = rom_analyze_place(dump, p) != NULL;
	const struct rom_fs_place *place;

	rom_analyze_places(dump, p, all);
	place = rom_analyze_place(dump, p);
	if (!place || known)
		return place;
	rom_fs_cache_retry(dump, p);
	if (!place->is_backup)
		take_claims(dump, p, place);
	if (place->start)
		rom_report_note(dump->report, ROM_WARNING, p->name,
			p->range.offset + place->start,
			"%s begins at 0x%" PRIx64
			" of this %s and is read from there",
			place->kind, place->start,
			dump->report->table.kind == ROM_TABLE_NONE
				? "file"
				: "partition");
	return place;
}

/* ---- beside the filesystem of a row -------------------------------------- */

enum {
	LEAST_REST = 16 << 20, /* bytes that it does not take */
	REST_SHARE = 16,       /* and which part of the row */
	SUPER_LEN = 1024,      /* a magic lies within its superblock */
};

static bool is_lead(
	const struct rom_fs_place *place, const struct rom_claim *lead)
{
	return !place->is_backup && place->super <= lead->magic_offset &&
	       lead->magic_offset - place->super < SUPER_LEN;
}

static void note_place(struct rom_dump *dump, const struct rom_partition *p,
	const struct rom_fs_place *place, size_t number)
{
	char human[32];

	rom_report_note(dump->report, ROM_DAMAGE, p->name,
		p->range.offset + place->super,
		"another filesystem is here, which the one at the start was "
		"written over: %s of %s that begins at 0x%" PRIx64
		", by its superblock at 0x%" PRIx64
		"; --filesystem %zu reads what is left of it",
		place->kind, rom_human(place->size, human, sizeof(human)),
		place->start, place->super, number);
}

void rom_analyze_other_places(
	struct rom_dump *dump, const struct rom_partition *p)
{
	const struct rom_claim *lead = rom_partition_lead(p);
	const uint64_t rest =
		p->range.len > lead->used ? p->range.len - lead->used : 0;
	const rom_fs_places *places;

	if (lead->usage != ROM_USAGE_FILESYSTEM || !lead->used ||
		rest < LEAST_REST || rest < p->range.len / REST_SHARE)
		return;
	places = rom_analyze_places(dump, p, false);
	for (size_t i = 0; i < places->n; i++) {
		if (!is_lead(&places->v[i], lead) &&
			rom_range_end((struct rom_range){ places->v[i].start,
				places->v[i].size }) > lead->used)
			note_place(dump, p, &places->v[i], i + 1);
	}
}
