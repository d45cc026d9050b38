/* SPDX-License-Identifier: MIT */
/*
 * gpt_make.c - a GPT as bytes, from a plan
 *
 * As MediaTek's loader and its tools write it (layout in gpt_priv.h):
 * protective MBR without CHS, header of 92 bytes, 128 entries of 128 bytes at
 * LBA 2; the entries again, then the header, in the last sectors. No sector
 * between the table and the first partition is part of it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "gpt_priv.h"
#include "romsplit/gpt.h"

enum {
	ENTRIES = 128,
	ENTRY_SIZE = 128,
	HEADER_LEN = 92,
	REVISION = 0x10000,
	MBR_SLOT = 446,
	NAME_UNITS = 36,
	GUID_LEN = 16,
	/* gaps of less than this are alignment */
	GAP_TOLD = 0x10000,
	GAPS_TOLD = 8,
};

/* EBD0A0A2-B9E5-4433-87C0-68B6B72699C7: all entries of MediaTek's have it */
static const uint8_t usual_type[GUID_LEN] = { 0xa2, 0xa0, 0xd0, 0xeb, 0xe5,
	0xb9, 0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7 };

void rom_gpt_plan_done(struct rom_gpt_plan *plan)
{
	for (size_t i = 0; i < plan->parts.n; i++)
		free(plan->parts.v[i].name);
	rom_vec_done(&plan->parts);
	for (size_t i = 0; i < plan->said.n; i++)
		free(plan->said.v[i]);
	rom_vec_done(&plan->said);
	*plan = (struct rom_gpt_plan){ 0 };
}

void rom_gpt_files_done(struct rom_gpt_files *files)
{
	free(files->primary);
	free(files->backup);
	*files = (struct rom_gpt_files){ 0 };
}

void rom_gpt_say(struct rom_gpt_plan *plan, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*rom_vec_add(&plan->said) = rom_strdup(text);
}

/* ---- the medium ---------------------------------------------------------- */

static uint64_t entry_sectors(const struct rom_gpt_plan *plan)
{
	return (ENTRIES * ENTRY_SIZE + plan->sector - 1) / plan->sector;
}

/* Offset of the first byte that a partition may have. */
static uint64_t first_usable(const struct rom_gpt_plan *plan)
{
	return (2 + entry_sectors(plan)) * plan->sector;
}

/* Offset of the first byte behind the last one that a partition may have. */
static uint64_t usable_end(const struct rom_gpt_plan *plan)
{
	return plan->size - (1 + entry_sectors(plan)) * plan->sector;
}

static enum rom_status check_medium(
	const struct rom_gpt_plan *plan, struct rom_err *err)
{
	if (!plan->size)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the size of the medium is not known; give it with "
			"--size (SP Flash Tool's memory test tells it as "
			"EMMC_PART_USER)");
	if (plan->size % plan->sector)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"a medium of 0x%" PRIx64 " bytes has no whole number "
			"of sectors of %" PRIu32,
			plan->size, plan->sector);
	if (plan->size < 2 * first_usable(plan) || plan->size >= (uint64_t)1
									 << 56)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"a medium of 0x%" PRIx64 " bytes is none", plan->size);
	return ROM_OK;
}

/* ---- the places ---------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct rom_gpt_part *x = *(struct rom_gpt_part *const *)a,
				  *y = *(struct rom_gpt_part *const *)b;

	if (x->range.offset != y->range.offset)
		return x->range.offset < y->range.offset ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* The parts in the order of the medium. Freed by the caller. */
static struct rom_gpt_part **sorted(struct rom_gpt_plan *plan)
{
	struct rom_gpt_part **list =
		rom_alloc((plan->parts.n + 1) * sizeof(struct rom_gpt_part *));

	for (size_t i = 0; i < plan->parts.n; i++)
		list[i] = &plan->parts.v[i];
	qsort(list, plan->parts.n, sizeof(*list), by_start);
	return list;
}

static enum rom_status grow(struct rom_gpt_plan *plan,
	struct rom_gpt_part *part, uint64_t end, struct rom_err *err)
{
	uint64_t room = end > part->range.offset ? end - part->range.offset : 0;
	ROM_AUTO char *name = rom_printable(part->name, strlen(part->name));

	if (room == 0 || room < part->least)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: begins at 0x%" PRIx64 " with 0x%" PRIx64
			" bytes at least, but the medium leaves 0x%" PRIx64
			" for it",
			name, part->range.offset, part->least, room);
	part->range.len = room;
	rom_gpt_say(plan,
		"%s takes all from 0x%" PRIx64 " on: 0x%" PRIx64
		" bytes, as the phone's tool lets it grow",
		name, part->range.offset, room);
	return ROM_OK;
}

static enum rom_status check_part(const struct rom_gpt_plan *plan,
	const struct rom_gpt_part *part, struct rom_err *err)
{
	ROM_AUTO char *name = rom_printable(part->name, strlen(part->name));
	struct rom_range r = part->range;
	uint64_t end;

	if (r.len == 0)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: its length is not known", name);
	if (!rom_add(r.offset, r.len, &end) || end > usable_end(plan))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: ends at 0x%" PRIx64 ", but a medium of 0x%" PRIx64
			" bytes has room up to 0x%" PRIx64,
			name, r.offset + r.len, plan->size, usable_end(plan));
	if (r.offset < first_usable(plan))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: begins at 0x%" PRIx64
			", where the table itself is (up to 0x%" PRIx64 ")",
			name, r.offset, first_usable(plan));
	if (r.offset % plan->sector || r.len % plan->sector)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: begins at 0x%" PRIx64 " with 0x%" PRIx64
			" bytes, which are no whole sectors of %" PRIu32,
			name, r.offset, r.len, plan->sector);
	return ROM_OK;
}

static enum rom_status check_overlap(const struct rom_gpt_part *a,
	const struct rom_gpt_part *b, struct rom_err *err)
{
	ROM_AUTO char *first = rom_printable(a->name, strlen(a->name));
	ROM_AUTO char *second = rom_printable(b->name, strlen(b->name));

	if (rom_range_end(a->range) <= b->range.offset)
		return ROM_OK;
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
		"%s and %s overlap: one ends at 0x%" PRIx64
		", the other begins at 0x%" PRIx64,
		first, second, rom_range_end(a->range), b->range.offset);
}

/* Ranges that belong to no partition may be those of a row that is lost. */
static void say_gaps(
	struct rom_gpt_plan *plan, struct rom_gpt_part *const *list)
{
	size_t told = 0;

	for (size_t i = 0; i < plan->parts.n; i++) {
		uint64_t from = rom_range_end(list[i]->range),
			 to = i + 1 < plan->parts.n ? list[i + 1]->range.offset
						    : usable_end(plan);

		if (to - from >= GAP_TOLD && told++ < GAPS_TOLD)
			rom_gpt_say(plan,
				"0x%" PRIx64 " bytes from 0x%" PRIx64
				" on belong to no partition",
				to - from, from);
	}
	if (told > GAPS_TOLD)
		rom_gpt_say(
			plan, "... and %zu more such ranges", told - GAPS_TOLD);
}

static enum rom_status settle_places(
	struct rom_gpt_plan *plan, struct rom_err *err)
{
	ROM_AUTO struct rom_gpt_part **list = sorted(plan);
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < plan->parts.n && !st; i++) {
		bool last = i + 1 == plan->parts.n;

		if (list[i]->grows)
			st = grow(plan, list[i],
				last ? usable_end(plan)
				     : list[i + 1]->range.offset,
				err);
		if (!st)
			st = check_part(plan, list[i], err);
		if (!st && !last)
			st = check_overlap(list[i], list[i + 1], err);
	}
	if (!st)
		say_gaps(plan, list);
	return st;
}

/* ---- names, numbers, GUIDs ----------------------------------------------- */

static uint32_t utf8_next(const char **s)
{
	const uint8_t *p = (const uint8_t *)*s;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	*s += n;
	return c;
}

/* Encodes a name; false when it does not fit. */
static bool encode_name(const char *name, uint8_t *out)
{
	size_t n = 0;

	memset(out, 0, 2 * NAME_UNITS);
	if (!*name || !rom_is_utf8(name, strlen(name)))
		return false;
	while (*name) {
		uint32_t c = utf8_next(&name);
		uint16_t units[2] = { (uint16_t)c, 0 };
		size_t k = 1;

		if (c > 0xffff) {
			units[0] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			units[1] = (uint16_t)(0xdc00 + (c & 0x3ff));
			k = 2;
		}
		if (n + k > NAME_UNITS)
			return false;
		for (size_t i = 0; i < k; i++, n++) {
			out[2 * n] = (uint8_t)units[i];
			out[2 * n + 1] = (uint8_t)(units[i] >> 8);
		}
	}
	return true;
}

static bool is_slot_taken(const struct rom_gpt_plan *plan, unsigned slot,
	const struct rom_gpt_part *but)
{
	const struct rom_gpt_part *part;

	rom_each (part, &plan->parts) {
		if (part != but && part->data.known && part->data.slot == slot)
			return true;
	}
	return false;
}

/* Slots are the numbers of the block devices: those of the source stay. */
static enum rom_status settle_entries(
	struct rom_gpt_plan *plan, struct rom_err *err)
{
	struct rom_gpt_part *part;
	unsigned next = 0;

	rom_each (part, &plan->parts) {
		ROM_AUTO char *name =
			rom_printable(part->name, strlen(part->name));

		if (part->data.known &&
			(part->data.slot >= ENTRIES ||
				is_slot_taken(plan, part->data.slot, part))) {
			rom_gpt_say(plan, "%s gets another number than %u",
				name, part->data.slot + 1);
			part->data.known = false;
		}
		if (part->data.known)
			continue;
		if (!encode_name(part->name, part->data.name))
			return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
				"%s: expected a name of 1 to %d UTF-16 units",
				name, NAME_UNITS);
		while (is_slot_taken(plan, next, NULL))
			next++;
		if (next >= ENTRIES)
			return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
				"%zu partitions, and a table has %d entries",
				plan->parts.n, ENTRIES);
		part->data.known = true;
		part->data.slot = next;
	}
	return ROM_OK;
}

/* A GUID that is the same each time, of version 5 (RFC 4122): from the index
 * and the name of the entry. */
static void derive_guid(const struct rom_gpt_entry_data *data, uint8_t *ret)
{
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	uint8_t sum[ROM_SHA256_LEN], slot = (uint8_t)data->slot;

	rom_digest_update(d, "romsplit gpt", 12);
	rom_digest_update(d, &slot, 1);
	rom_digest_update(d, data->name, sizeof(data->name));
	rom_digest_final(d, sum);
	rom_digest_free(d);
	memcpy(ret, sum, GUID_LEN);
	ret[7] = (uint8_t)((ret[7] & 0x0f) | 0x50);
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}

static bool is_zero_guid(const uint8_t *guid)
{
	static const uint8_t zero[GUID_LEN];

	return !memcmp(guid, zero, GUID_LEN);
}

static bool has_twin(
	const struct rom_gpt_plan *plan, const struct rom_gpt_part *part)
{
	for (const struct rom_gpt_part *p = plan->parts.v; p < part; p++) {
		if (!memcmp(p->data.unique, part->data.unique, GUID_LEN))
			return true;
	}
	return false;
}

static void settle_guids(struct rom_gpt_plan *plan)
{
	struct rom_gpt_part *part;
	size_t types = 0, derived = 0;

	rom_each (part, &plan->parts) {
		if (!part->has_type || is_zero_guid(part->data.type)) {
			memcpy(part->data.type, usual_type, GUID_LEN);
			types++;
		}
		if (!part->has_unique || is_zero_guid(part->data.unique) ||
			has_twin(plan, part)) {
			derive_guid(&part->data, part->data.unique);
			derived++;
		}
	}
	if (types)
		rom_gpt_say(plan,
			"%zu partitions get MediaTek's usual type GUID "
			"(EBD0A0A2-B9E5-4433-87C0-68B6B72699C7): the source "
			"does not tell theirs",
			types);
	if (derived)
		rom_gpt_say(plan,
			"%zu partitions get unique GUIDs derived from their "
			"names and numbers, the same each time: the source "
			"does not tell theirs, or one twice",
			derived);
	if (!plan->has_guid)
		rom_gpt_say(plan, "the GUID of the disk is zero, as MediaTek "
				  "writes it");
}

/* ---- bytes --------------------------------------------------------------- */

static void put32(uint8_t *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(n >> 8 * i);
}

static void put64(uint8_t *p, uint64_t n)
{
	put32(p, (uint32_t)n);
	put32(p + 4, (uint32_t)(n >> 32));
}

static void put_mbr(const struct rom_gpt_plan *plan, uint8_t *p)
{
	uint64_t sectors = plan->size / plan->sector - 1;

	p[MBR_SLOT + 4] = 0xee;
	put32(p + MBR_SLOT + 8, 1);
	put32(p + MBR_SLOT + 12, (uint32_t)rom_min(sectors, UINT32_MAX));
	p[510] = 0x55;
	p[511] = 0xaa;
}

static void put_entries(const struct rom_gpt_plan *plan, uint8_t *p)
{
	const struct rom_gpt_part *part;

	rom_each (part, &plan->parts) {
		uint8_t *e = p + (size_t)part->data.slot * ENTRY_SIZE;

		memcpy(e, part->data.type, GUID_LEN);
		memcpy(e + 0x10, part->data.unique, GUID_LEN);
		put64(e + 0x20, part->range.offset / plan->sector);
		put64(e + 0x28, rom_range_end(part->range) / plan->sector - 1);
		put64(e + 0x30, part->data.attributes);
		memcpy(e + 0x38, part->data.name, sizeof(part->data.name));
	}
}

/* The header at LBA my; the other one is at other. */
static void put_header(const struct rom_gpt_plan *plan, uint8_t *p, uint64_t my,
	uint64_t other, uint32_t entries_crc)
{
	uint64_t last = plan->size / plan->sector - 1;

	memcpy(p, "EFI PART", 8);
	put32(p + 0x08, REVISION);
	put32(p + 0x0c, HEADER_LEN);
	put64(p + 0x18, my);
	put64(p + 0x20, other);
	put64(p + 0x28, first_usable(plan) / plan->sector);
	put64(p + 0x30, usable_end(plan) / plan->sector - 1);
	memcpy(p + 0x38, plan->guid, GUID_LEN);
	put64(p + 0x48, my == 1 ? 2 : last - entry_sectors(plan));
	put32(p + 0x50, ENTRIES);
	put32(p + 0x54, ENTRY_SIZE);
	put32(p + 0x58, entries_crc);
	put32(p + 0x10, rom_crc32(p, HEADER_LEN));
}

static void put_files(
	const struct rom_gpt_plan *plan, struct rom_gpt_files *ret)
{
	uint64_t last = plan->size / plan->sector - 1;
	size_t sector = plan->sector,
	       room = (size_t)entry_sectors(plan) * sector;
	uint32_t crc;

	*ret = (struct rom_gpt_files){
		.primary = rom_alloc(2 * sector + room),
		.primary_len = 2 * sector + room,
		.backup = rom_alloc(room + sector),
		.backup_len = room + sector,
		.backup_offset = usable_end(plan),
	};
	put_entries(plan, ret->backup);
	memcpy(ret->primary + 2 * sector, ret->backup, room);
	crc = rom_crc32(ret->backup, ENTRIES * ENTRY_SIZE);
	put_mbr(plan, ret->primary);
	put_header(plan, ret->primary + sector, 1, last, crc);
	put_header(plan, ret->backup + room, last, 1, crc);
}

enum rom_status rom_gpt_make(struct rom_gpt_plan *plan,
	struct rom_gpt_files *ret, struct rom_err *err)
{
	enum rom_status st;

	if (!plan->sector) {
		plan->sector = 512;
		rom_gpt_say(plan, "sectors have 512 bytes, as those of an "
				  "eMMC; for UFS give --sector 4096");
	}
	st = check_medium(plan, err);
	if (!st && plan->parts.n == 0)
		st = rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the source has no partitions");
	if (!st)
		st = settle_places(plan, err);
	if (!st)
		st = settle_entries(plan, err);
	if (st)
		return st;
	settle_guids(plan);
	put_files(plan, ret);
	return ROM_OK;
}
