/* SPDX-License-Identifier: MIT */
/*
 * logical.c - the logical partitions of super, as rows of their own
 *
 * Geometry at 4096, copy at 8192; then the metadata slots, then their backups
 * (disk/lp_metadata.c). The compact form of super_empty.img has the geometry at
 * 0 and one metadata at 4096.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/disk.h"
#include "table_priv.h"

enum { RESERVED = 4096, BLOCK = 4096, MAX_LOGICAL = 512, MAX_DEVICES = 64 };

struct super {
	struct rom_image *img;
	struct rom_report *r;
	size_t index; /* index of the row of super */
	char *name;
	struct rom_range range;
	bool compact;
	struct rom_lp_geometry geometry;
	ROM_VEC(struct rom_partition) rows;
	/* of the slot being read */
	struct rom_range device[MAX_DEVICES];
	uint32_t n_devices;
	size_t extents_left; /* extents that no partition has used yet */
};

/* ---- reading ------------------------------------------------------------- */

static bool read_geometry(struct super *s, struct rom_image *part)
{
	static const uint64_t offsets[] = { RESERVED, RESERVED + BLOCK, 0 };
	uint8_t buf[ROM_LP_GEOMETRY_LEN];
	struct rom_err err;

	for (size_t i = 0; i < 3; i++) {
		struct rom_buffer v = {
			.p = buf, .len = sizeof(buf), .offset = offsets[i]
		};

		if (rom_read(part, buf, sizeof(buf), offsets[i], &err) ||
			rom_lp_geometry_decode(&v, &s->geometry, &err))
			continue;
		s->compact = offsets[i] == 0;
		if (i == 1)
			rom_report_note(s->r, ROM_WARNING, s->name,
				s->range.offset + RESERVED,
				"the first geometry of super is damaged; its "
				"copy is used");
		return true;
	}
	return false;
}

static uint64_t metadata_offset(
	const struct super *s, uint32_t slot, bool backup)
{
	uint64_t first = s->compact ? BLOCK : RESERVED + 2 * BLOCK,
		 max = s->geometry.metadata_max;

	return first + max * slot + (backup ? max * s->geometry.slots : 0);
}

/* Reads one slot: its primary copy, else its backup. *source is set to
 * which. */
static bool read_slot(struct super *s, struct rom_image *part, uint32_t slot,
	struct rom_lp_metadata *ret, enum rom_table_source *source)
{
	ROM_AUTO uint8_t *buf = rom_alloc(s->geometry.metadata_max);
	struct rom_err err = { 0 };

	for (int backup = 0; backup < 2; backup++) {
		struct rom_buffer v = { .p = buf,
			.offset = metadata_offset(s, slot, backup) };
		enum rom_status st = rom_read_some(part, buf,
			s->geometry.metadata_max, v.offset, &v.len, &err);

		if (!st)
			st = rom_lp_metadata_decode(&v, ret, &err);
		if (st == ROM_E_CORRUPT)
			rom_report_note(s->r, ROM_WARNING, s->name,
				s->range.offset + v.offset, "%s%s", err.text,
				backup ? "" : "; trying the backup");
		*source = backup ? ROM_SOURCE_BACKUP : ROM_SOURCE_PRIMARY;
		if (!st && backup)
			rom_report_note(s->r, ROM_WARNING, s->name,
				s->range.offset + v.offset,
				"the metadata of slot %" PRIu32
				" of super is damaged; its backup here is used",
				slot);
		if (!st)
			return true;
		if (s->compact)
			break;
	}
	return false;
}

/* ---- rows ---------------------------------------------------------------- */

/* The range of a block device of super in the dump: super itself, or (on
 * retrofitted phones) another partition. */
static struct rom_range find_device(
	const struct super *s, const struct rom_lp_metadata *m, uint32_t device)
{
	static const char *const suffixes[] = { "", "_a" };

	for (size_t i = 0; i < 2; i++) {
		ROM_AUTO char *name = rom_format(
			"%s%s", m->devices.v[device].name, suffixes[i]);
		const struct rom_partition *p = rom_report_find(s->r, name);

		if (p && s->r->table.kind != ROM_TABLE_NONE)
			return p->range;
	}
	return device == 0 ? s->range : (struct rom_range){ 0, 0 };
}

static void find_devices(struct super *s, const struct rom_lp_metadata *m)
{
	s->n_devices = (uint32_t)rom_min(m->devices.n, MAX_DEVICES);
	for (uint32_t i = 0; i < s->n_devices; i++)
		s->device[i] = find_device(s, m, i);
}

static bool add_extent(const struct super *s, const struct rom_lp_extent *e,
	struct rom_partition *row)
{
	struct rom_range range = { ROM_NO_OFFSET, e->len };
	uint64_t len;

	if (!e->good || e->len == 0 || !rom_add(row->range.len, e->len, &len) ||
		len >> 56)
		return false;
	if (!e->zero && (e->device >= s->n_devices ||
				!rom_subrange(s->device[e->device], e->offset,
					e->len, &range)))
		return false;
	*rom_vec_add(&row->extents) = range;
	row->range.len = len;
	return true;
}

static void note_left_out(
	const struct super *s, const char *name, const char *what)
{
	rom_report_note(s->r, ROM_DAMAGE, name, s->range.offset,
		"logical partition: %s; it is left out", what);
}

static void set_present(struct rom_image *img, struct rom_partition *row)
{
	ROM_AUTO_IMAGE struct rom_image *all = rom_image_open_extents(
		img, row->extents.v, row->extents.n, row->name);

	row->unread = rom_image_absent(all, 0, all->size);
	row->present = row->unread == row->range.len ? 0 : row->range.len;
	row->state = !row->unread   ? ROM_COMPLETE
		     : row->present ? ROM_PARTIAL
				    : ROM_MISSING;
}

static struct rom_partition *find_known(struct super *s, const char *name)
{
	struct rom_partition *row;

	rom_each (row, &s->rows) {
		if (!strcmp(row->name, name))
			return row;
	}
	return NULL;
}

/* Collects the extents of p in row. Returns what is wrong, or NULL. An extent
 * belongs to one partition only, so the number of those left bounds the work
 * that hostile metadata can cause. */
static const char *collect_extents(struct super *s,
	const struct rom_lp_metadata *m, const struct rom_lp_partition *p,
	struct rom_partition *row)
{
	if (!*p->name || strchr(p->name, '/'))
		return "its name is invalid";
	if (!p->good)
		return "its extents are not in the list";
	if (p->n_extents > s->extents_left)
		return "its extents belong to other partitions too";
	s->extents_left -= p->n_extents;
	for (size_t i = 0; i < p->n_extents; i++) {
		if (!add_extent(s, &m->extents.v[p->first_extent + i], row))
			return "its extents are outside super";
	}
	return NULL;
}

static bool same_extents(
	const struct rom_partition *a, const struct rom_partition *b)
{
	return a->extents.n == b->extents.n &&
	       !memcmp(a->extents.v, b->extents.v,
		       a->extents.n * sizeof(*a->extents.v));
}

/* The phone reads slot 0 when it boots suffix _a and slot 1 for _b: each slot
 * is the authority for its own partitions. */
static bool is_of_slot(const char *name, uint32_t slot)
{
	size_t n = strlen(name);

	return n > 2 && name[n - 2] == '_' && name[n - 1] == (char)('a' + slot);
}

/* Decides between two slots that both list a partition. */
static void resolve_conflict(struct super *s, struct rom_partition *known,
	struct rom_partition *row, uint32_t slot)
{
	bool differs = !same_extents(known, row),
	     use_this = differs && is_of_slot(known->name, slot);

	if (differs)
		rom_report_note(s->r, ROM_WARNING, known->name, s->range.offset,
			"logical partition: slot %" PRIu32
			" of the metadata places it elsewhere than an earlier "
			"slot does; %s is used",
			slot,
			use_this ? "this slot, which matches its suffix,"
				 : "the earlier one");
	if (use_this) {
		struct rom_partition t = *known;

		known->extents.v = row->extents.v;
		known->extents.n = row->extents.n;
		known->extents.cap = row->extents.cap;
		row->extents.v = t.extents.v;
		known->range = row->range;
		known->source = row->source;
	}
	rom_vec_done(&row->extents);
}

static void set_location(struct super *s, struct rom_partition *row)
{
	row->range.offset = row->extents.v[0].offset == ROM_NO_OFFSET
				    ? s->range.offset
				    : row->extents.v[0].offset;
	row->base = s->r->partitions.v[s->index].base;
}

static void add_partition(struct super *s, const struct rom_lp_metadata *m,
	const struct rom_lp_partition *p, uint32_t slot,
	enum rom_table_source source)
{
	ROM_AUTO char *name = rom_format("super/%s", p->name);
	struct rom_partition row = { .source = source,
		.region = s->r->table.region };
	struct rom_partition *known = find_known(s, name);
	const char *wrong;

	if (p->good && p->n_extents == 0)
		return;
	wrong = collect_extents(s, m, p, &row);
	if (!wrong && !known && s->rows.n >= MAX_LOGICAL)
		wrong = "there are too many logical partitions";
	if (wrong) {
		note_left_out(s, name, wrong);
		rom_vec_done(&row.extents);
		return;
	}
	set_location(s, &row);
	if (known) {
		resolve_conflict(s, known, &row, slot);
		return;
	}
	row.name = ROM_TAKE(name);
	row.parent = rom_strdup("super");
	*rom_vec_add(&s->rows) = row;
}

static void add_slots(struct super *s, struct rom_image *part)
{
	uint32_t slots = s->compact ? 1 : s->geometry.slots, bad = 0;
	struct rom_partition *row;

	for (uint32_t slot = 0; slot < slots; slot++) {
		struct rom_lp_metadata m;
		const struct rom_lp_partition *p;
		enum rom_table_source source;

		if (!read_slot(s, part, slot, &m, &source)) {
			bad++;
			continue;
		}
		find_devices(s, &m);
		s->extents_left = m.extents.n;
		rom_each (p, &m.partitions)
			add_partition(s, &m, p, slot, source);
		rom_lp_metadata_done(&m);
	}
	rom_each (row, &s->rows)
		set_present(s->img, row);
	if (bad == slots)
		rom_report_note(s->r, ROM_DAMAGE, s->name,
			s->range.offset + metadata_offset(s, 0, false),
			"super has no readable metadata: its logical "
			"partitions are unknown");
}

/* The rows of the logical partitions follow that of super. */
static void insert_rows(struct super *s)
{
	size_t after = s->index + 1, rest = s->r->partitions.n - after,
	       n = s->rows.n;

	for (size_t i = 0; i < n; i++)
		rom_vec_add(&s->r->partitions);
	memmove(&s->r->partitions.v[after + n], &s->r->partitions.v[after],
		rest * sizeof(*s->rows.v));
	memcpy(&s->r->partitions.v[after], s->rows.v, n * sizeof(*s->rows.v));
	rom_vec_done(&s->rows);
}

void rom_table_logical(
	struct rom_image *img, struct rom_report *report, size_t index)
{
	const struct rom_partition *p = &report->partitions.v[index];
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_image_open_slice(img, p->range, "super");
	ROM_AUTO char *name = rom_strdup(p->name);
	struct super s = { .img = img,
		.r = report,
		.index = index,
		.name = name,
		.range = p->range };

	if (!read_geometry(&s, part))
		return;
	add_slots(&s, part);
	if (s.rows.n)
		insert_rows(&s);
}
