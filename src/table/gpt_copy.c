/* SPDX-License-Identifier: MIT */
/*
 * gpt_copy.c - finds the copies of a GPT and reads what is plausible in them
 */
#include <inttypes.h>

#include "gpt_priv.h"

enum {
	HEADER_LEN = 92,
	ENTRY_MIN = 128,
	ENTRY_MAX = 4096,
	FIRST_ENTRIES_LBA = 2,
	SEARCH_TAIL = 64 * 1024,
	N_SECTORS = 2,
};

static const uint32_t sectors[N_SECTORS] = { 512, 4096 };

void rom_gpt_copy_done(struct gpt_copy *c)
{
	rom_freep(&c->bytes);
	*c = (struct gpt_copy){ 0 };
}

/* ---- headers ------------------------------------------------------------- */

static bool is_header_crc_valid(
	const uint8_t *sector, uint32_t len, uint32_t crc)
{
	uint8_t buf[512];

	if (len < HEADER_LEN || len > sizeof(buf))
		return false;
	memcpy(buf, sector, len);
	memset(buf + 0x10, 0, 4);
	return rom_crc32(buf, len) == crc;
}

static enum rom_status read_header(struct rom_image *img, uint64_t offset,
	uint32_t sector, struct gpt_header *ret, struct rom_err *err)
{
	uint8_t buf[512] = { 0 };
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	size_t got = 0;
	enum rom_status st =
		rom_read_some(img, buf, sizeof(buf), offset, &got, err);

	if (st)
		return st;
	if (got < HEADER_LEN || memcmp(buf, "EFI PART", 8))
		return ROM_NO_MATCH;
	*ret = (struct gpt_header){
		.offset = offset,
		.sector = sector,
		.my_lba = rom_le64(&v, 0x18),
		.other_lba = rom_le64(&v, 0x20),
		.first_usable = rom_le64(&v, 0x28),
		.last_usable = rom_le64(&v, 0x30),
		.entries_lba = rom_le64(&v, 0x48),
		.entries = rom_le32(&v, 0x50),
		.entry_size = rom_le32(&v, 0x54),
		.entries_crc = rom_le32(&v, 0x58),
		.crc_good = is_header_crc_valid(
			buf, rom_le32(&v, 0x0c), rom_le32(&v, 0x10)),
	};
	memcpy(ret->guid, buf + 0x38, sizeof(ret->guid));
	return ROM_OK;
}

/* Replaces numbers that would make the entries unreadable by the usual ones,
 * and notes it. This also bounds what is allocated for the entries. */
static void bound_header(struct gpt_header *h, struct rom_report *r)
{
	if (h->entry_size < ENTRY_MIN || h->entry_size > ENTRY_MAX ||
		h->entry_size % 8) {
		rom_report_note(r, ROM_DAMAGE, NULL, h->offset + 0x54,
			"GPT entry size: expected 128 to 4096, got %" PRIu32
			"; read as 128",
			h->entry_size);
		h->entry_size = ENTRY_MIN;
		h->crc_good = false;
	}
	if (h->entries == 0 || h->entries > ROM_MAX_GPT_ENTRIES) {
		rom_report_note(r, ROM_DAMAGE, NULL, h->offset + 0x50,
			"GPT entries: expected 1 to %d, got %" PRIu32
			"; read as 128",
			ROM_MAX_GPT_ENTRIES, h->entries);
		h->entries = 128;
		h->crc_good = false;
	}
}

bool rom_gpt_header_at(
	struct rom_image *img, uint64_t offset, struct gpt_header *ret)
{
	struct rom_err err;

	return offset < img->size && !read_header(img, offset, 512, ret, &err);
}

bool rom_gpt_header_good(struct rom_image *img, uint64_t offset,
	uint64_t *ret_my, uint64_t *ret_other)
{
	struct gpt_header h;
	struct rom_err err;

	if (read_header(img, offset, 512, &h, &err) || !h.crc_good)
		return false;
	*ret_my = h.my_lba;
	*ret_other = h.other_lba;
	return true;
}

/* ---- entries ------------------------------------------------------------- */

static void count_used(struct gpt_copy *c)
{
	struct gpt_entry e;

	c->used = 0;
	for (size_t i = 0; i < c->h.entries; i++) {
		if (rom_gpt_entry_at(c, i, &e) && rom_gpt_is_plausible(c, &e))
			c->used++;
	}
}

/* Reads the entries at offset into c. What is past the end of the dump stays
 * zero. */
static bool read_entries(
	struct rom_image *img, struct gpt_copy *c, uint64_t offset)
{
	size_t len = (size_t)c->h.entries * c->h.entry_size, got = 0;
	struct rom_err err;

	if (offset >= img->size)
		return false;
	rom_freep(&c->bytes);
	c->bytes = rom_alloc(len);
	c->entries_at = offset;
	if (rom_read_some(img, c->bytes, len, offset, &got, &err) ||
		got < ENTRY_MIN)
		return false;
	c->entries_good =
		got == len && rom_crc32(c->bytes, len) == c->h.entries_crc;
	count_used(c);
	return c->used > 0;
}

/* offset - len, or past the end of any dump */
static uint64_t before(uint64_t offset, uint64_t len)
{
	return offset >= len ? offset - len : UINT64_MAX;
}

/* lba in bytes, or past the end of any dump */
static uint64_t lba_offset(const struct gpt_header *h, uint64_t lba)
{
	uint64_t offset;

	return rom_mul(lba, h->sector, &offset) ? offset : UINT64_MAX;
}

/* The entries of a backup are where its header states, or (MediaTek) just
 * before it, in one of three ways. The best candidate is used. */
static bool find_backup_entries(struct rom_image *img, struct gpt_copy *c)
{
	uint64_t len = (uint64_t)c->h.entries * c->h.entry_size;
	uint64_t whole = (len + c->h.sector - 1) / c->h.sector * c->h.sector;
	const uint64_t offsets[] = { lba_offset(&c->h, c->h.entries_lba),
		lba_offset(&c->h, c->h.last_usable + 1),
		before(c->h.offset, GPT_ENTRIES_BYTES),
		before(c->h.offset, whole) };
	size_t best = 0, best_used = 0;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		if (!read_entries(img, c, offsets[i]))
			continue;
		/* a matching checksum settles it; else the most plausible
		 * entries win */
		if (c->entries_good)
			return true;
		if (c->used > best_used) {
			best_used = c->used;
			best = i;
		}
	}
	return best_used && read_entries(img, c, offsets[best]);
}

/* ---- copies -------------------------------------------------------------- */

static bool read_primary(struct rom_image *img, uint32_t sector,
	struct rom_report *r, struct gpt_copy *c)
{
	uint64_t offset = 0;
	struct rom_err err;

	if (read_header(img, sector, sector, &c->h, &err))
		return false;
	bound_header(&c->h, r);
	c->has_header = true;
	if (rom_mul(c->h.entries_lba, sector, &offset) &&
		read_entries(img, c, offset))
		return true;
	return read_entries(img, c, (uint64_t)FIRST_ENTRIES_LBA * sector);
}

/* Entries at LBA 2 without a valid header. */
static bool read_headless(
	struct rom_image *img, uint32_t sector, struct gpt_copy *c)
{
	c->h = (struct gpt_header){
		.offset = sector,
		.sector = sector,
		.entries = 128,
		.entry_size = ENTRY_MIN,
	};
	c->has_header = false;
	if (!read_entries(img, c, (uint64_t)FIRST_ENTRIES_LBA * sector))
		return false;
	for (size_t i = 0; i < c->h.entries; i++) {
		struct gpt_entry e;

		/* without a header nothing else indicates a table, so every
		 * used entry must be plausible */
		if (rom_gpt_entry_at(c, i, &e) &&
			(!rom_gpt_is_plausible(c, &e) ||
				!rom_gpt_is_plain_name(&e.v)))
			return false;
	}
	return true;
}

static bool read_backup_at(struct rom_image *img, uint64_t offset,
	uint32_t sector, struct rom_report *r, struct gpt_copy *c)
{
	struct rom_err err;

	if (offset >= img->size ||
		read_header(img, offset, sector, &c->h, &err))
		return false;
	bound_header(&c->h, r);
	c->has_header = true;
	return find_backup_entries(img, c);
}

/* The backup header: where the primary states, in the last sector, or somewhere
 * in the last 64 KiB. */
static bool read_backup(struct rom_image *img, const struct gpt_copy *primary,
	struct rom_report *r, struct gpt_copy *c)
{
	uint32_t sector = primary->h.sector ? primary->h.sector : 512;
	uint64_t offset,
		from = img->size > SEARCH_TAIL ? img->size - SEARCH_TAIL : 0;

	if (primary->has_header && primary->h.other_lba > 1 &&
		rom_mul(primary->h.other_lba, sector, &offset) &&
		read_backup_at(img, offset, sector, r, c))
		return true;
	for (offset = img->size / 512 * 512; offset >= from + 512;
		offset -= 512) {
		struct gpt_header h;
		struct rom_err err;

		/* Qualcomm's gpt_backup0.bin is a template, in which the LBA is
		 * still 0 */
		if (read_header(img, offset - 512, 512, &h, &err) ||
			(h.my_lba < 2 && !(h.my_lba == 0 && h.crc_good)))
			continue;
		sector = h.my_lba * 4096 == offset - 512 ? 4096 : 512;
		return read_backup_at(img, offset - 512, sector, r, c);
	}
	return false;
}

int rom_gpt_copy_worth(const struct gpt_copy *c)
{
	if (!c->bytes || !c->used)
		return 0;
	/* the checksum of the entries counts most: they are what is read */
	return 1 + (c->has_header ? 1 : 0) + (c->h.crc_good ? 2 : 0) +
	       (c->entries_good ? 4 : 0);
}

/* Neither copy has a header: looks for the entries of the primary. */
static void find_headless(struct rom_image *img, struct gpt_copy *primary)
{
	for (size_t i = 0; i < N_SECTORS; i++) {
		if (read_headless(img, sectors[i], primary))
			return;
		rom_gpt_copy_done(primary);
	}
}

bool rom_gpt_find_copies(struct rom_image *img, struct rom_report *r,
	struct gpt_copy *primary, struct gpt_copy *backup)
{
	for (size_t i = 0; i < N_SECTORS; i++) {
		if (read_primary(img, sectors[i], r, primary))
			break;
		rom_gpt_copy_done(primary);
	}
	if (!read_backup(img, primary, r, backup))
		rom_gpt_copy_done(backup);
	if (!rom_gpt_copy_worth(primary) && !rom_gpt_copy_worth(backup))
		find_headless(img, primary);
	return rom_gpt_copy_worth(primary) || rom_gpt_copy_worth(backup);
}
