/* SPDX-License-Identifier: MIT */
/*
 * logical.c - the logical partitions of super, as rows of their own
 *
 * Geometry at 4096, copy at 8192; then a slot of metadata for each, then the backup of each (disk/lp_metadata.c). The
 * compact form of super_empty.img has the geometry at 0 and one metadata at 4096.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/disk.h"
#include "table_priv.h"

enum { RESERVED = 4096, BLOCK = 4096, MAX_LOGICAL = 512 };

struct super {
	struct rom_image *img;
	struct rom_report *r;
	size_t index; /* of its row */
	char *name;
	struct rom_range range;
	bool compact;
	struct rom_lp_geometry geometry;
	ROM_VEC(struct rom_partition) rows;
};

/* ---- reading ---------------------------------------------------------------------------------------------- */

static bool read_geometry(struct super *s, struct rom_image *part)
{
	static const uint64_t places[] = { RESERVED, RESERVED + BLOCK, 0 };
	uint8_t buf[ROM_LP_GEOMETRY_LEN];
	struct rom_err err;

	for (size_t i = 0; i < 3; i++) {
		struct rom_view v = { .p = buf, .len = sizeof(buf), .at = places[i] };

		if (rom_read(part, buf, sizeof(buf), places[i], &err) ||
			rom_lp_geometry_decode(&v, &s->geometry, &err))
			continue;
		s->compact = places[i] == 0;
		if (i == 1)
			rom_report_note(s->r, ROM_WARNING, s->name, s->range.at + RESERVED,
				"the first geometry of super is damaged; its copy is used");
		return true;
	}
	return false;
}

static uint64_t metadata_at(const struct super *s, uint32_t slot, bool backup)
{
	uint64_t first = s->compact ? BLOCK : RESERVED + 2 * BLOCK, max = s->geometry.metadata_max;

	return first + max * slot + (backup ? max * s->geometry.slots : 0);
}

/* One slot: its primary, else its backup. *source is set to which. */
static bool read_slot(struct super *s, struct rom_image *part, uint32_t slot,
	struct rom_lp_metadata *ret, const char **source)
{
	ROM_AUTO uint8_t *buf = rom_alloc(s->geometry.metadata_max);
	struct rom_err err = { 0 };

	for (int backup = 0; backup < 2; backup++) {
		struct rom_view v = { .p = buf, .at = metadata_at(s, slot, backup) };
		enum rom_status st =
			rom_read_some(part, buf, s->geometry.metadata_max, v.at, &v.len, &err);

		if (!st)
			st = rom_lp_metadata_decode(&v, ret, &err);
		if (st == ROM_E_CORRUPT)
			rom_report_note(s->r, ROM_WARNING, s->name, s->range.at + v.at, "%s%s",
				err.text, backup ? "" : "; the backup is asked");
		*source = backup ? "backup" : "primary";
		if (!st && backup)
			rom_report_note(s->r, ROM_WARNING, s->name, s->range.at + v.at,
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

/* ---- rows ------------------------------------------------------------------------------------------------------ */

/* Where a block device of super lies in the dump: super itself, or (retrofitted phones) another partition. */
static struct rom_range device_range(
	const struct super *s, const struct rom_lp_metadata *m, uint32_t device)
{
	static const char *const suffixes[] = { "", "_a" };

	if (device >= m->devices.n)
		return (struct rom_range){ 0, 0 };
	for (size_t i = 0; i < 2; i++) {
		ROM_AUTO char *name = rom_format("%s%s", m->devices.v[device].name, suffixes[i]);
		const struct rom_partition *p = rom_report_find(s->r, name);

		if (p && strcmp(s->r->table.kind, "none"))
			return p->range;
	}
	return device == 0 ? s->range : (struct rom_range){ 0, 0 };
}

static bool add_extent(const struct super *s, const struct rom_lp_metadata *m,
	const struct rom_lp_extent *e, struct rom_partition *row)
{
	struct rom_range range = { ROM_NOWHERE, e->len };

	if (!e->good || e->len == 0 || (row->range.len + e->len) >> 56)
		return false;
	if (!e->zero && !rom_cut(device_range(s, m, e->device), e->at, e->len, &range))
		return false;
	*rom_vec_add(&row->extents) = range;
	row->range.len += e->len;
	return true;
}

static void refuse(const struct super *s, const char *name, const char *what)
{
	rom_report_note(
		s->r, ROM_DAMAGE, name, s->range.at, "logical partition: %s; it is left out", what);
}

static void set_present(struct rom_image *img, struct rom_partition *row)
{
	ROM_AUTO_IMAGE struct rom_image *all =
		rom_image_open_pieces(img, row->extents.v, row->extents.n, row->name);

	row->unread = rom_image_absent(all, 0, all->size);
	row->present = row->unread == row->range.len ? 0 : row->range.len;
	row->state = !row->unread ? ROM_COMPLETE : row->present ? ROM_PARTIAL : ROM_MISSING;
}

static bool is_known(const struct super *s, const char *name)
{
	const struct rom_partition *row;

	rom_each (row, &s->rows) {
		if (!strcmp(row->name, name))
			return true;
	}
	return false;
}

static void add_partition(struct super *s, const struct rom_lp_metadata *m,
	const struct rom_lp_partition *p, const char *source)
{
	ROM_AUTO char *name = rom_format("super/%s", p->name);
	struct rom_partition row = { .source = source, .region = s->r->table.region };
	bool good = p->good && *p->name && !strchr(p->name, '/');

	if (is_known(s, name) || s->rows.n >= MAX_LOGICAL || (p->good && p->n_extents == 0))
		return;
	for (size_t i = 0; good && i < p->n_extents; i++)
		good = add_extent(s, m, &m->extents.v[p->first_extent + i], &row);
	if (!good || row.extents.n == 0) {
		refuse(s, name, "its extents lie outside of super");
		rom_vec_done(&row.extents);
		return;
	}
	row.name = ROM_TAKE(name);
	row.parent = rom_strdup("super");
	row.range.at = row.extents.v[0].at == ROM_NOWHERE ? s->range.at : row.extents.v[0].at;
	row.base = s->r->partitions.v[s->index].base;
	set_present(s->img, &row);
	*rom_vec_add(&s->rows) = row;
}

static void add_slots(struct super *s, struct rom_image *part)
{
	uint32_t slots = s->compact ? 1 : s->geometry.slots, bad = 0;

	for (uint32_t slot = 0; slot < slots; slot++) {
		struct rom_lp_metadata m;
		const struct rom_lp_partition *p;
		const char *source;

		if (!read_slot(s, part, slot, &m, &source)) {
			bad++;
			continue;
		}
		rom_each (p, &m.partitions)
			add_partition(s, &m, p, source);
		rom_lp_metadata_done(&m);
	}
	if (bad == slots)
		rom_report_note(s->r, ROM_DAMAGE, s->name, s->range.at + metadata_at(s, 0, false),
			"super holds no readable metadata: its logical partitions cannot be told apart");
}

/* Behind the row of super. */
static void insert_rows(struct super *s)
{
	size_t after = s->index + 1, rest = s->r->partitions.n - after, n = s->rows.n;

	for (size_t i = 0; i < n; i++)
		rom_vec_add(&s->r->partitions);
	memmove(&s->r->partitions.v[after + n], &s->r->partitions.v[after],
		rest * sizeof(*s->rows.v));
	memcpy(&s->r->partitions.v[after], s->rows.v, n * sizeof(*s->rows.v));
	rom_vec_done(&s->rows);
}

void rom_table_logical(struct rom_image *img, struct rom_report *report, size_t index)
{
	const struct rom_partition *p = &report->partitions.v[index];
	ROM_AUTO_IMAGE struct rom_image *part = rom_image_open_slice(img, p->range, "super");
	ROM_AUTO char *name = rom_strdup(p->name);
	struct super s = {
		.img = img, .r = report, .index = index, .name = name, .range = p->range
	};

	if (!read_geometry(&s, part))
		return;
	add_slots(&s, part);
	if (s.rows.n)
		insert_rows(&s);
}
