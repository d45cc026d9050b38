/* SPDX-License-Identifier: MIT */
/*
 * gpt.c - GUID partition tables, healthy and damaged, as MediaTek phones carry
 * them
 *
 * Header at LBA 1 and, as backup, at the last LBA; little-endian
 * (UEFI 2.10, 5.3.2) 0x00 8 "EFI PART"       0x10 4 CRC-32 of the header, this
 * field zero   0x0c 4 header bytes 0x18 8 its own LBA      0x20 8 LBA of the
 * other header                 0x28 8 first usable LBA 0x30 8 last usable LBA
 * 0x38 16 disk GUID                              0x48 8 LBA of the entries 0x50
 * 4 entries          0x54 4 bytes of an entry                       0x58 4
 * CRC-32 of the entries Entry, 128 bytes or more 0x00 16 type GUID (zero:
 * unused)  0x10 16 unique GUID  0x20 8 first LBA  0x28 8 last LBA 0x38 72 name,
 * UTF-16LE MediaTek's habits (their lk, ptgen; real tables): the number of
 * entries may be just the partitions there are; a backup header may say that
 * its entries lie at LBA 2 although they precede it; disk GUID zero.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "table_priv.h"

enum {
	HEADER_LEN = 92,
	ENTRY_MIN = 128,
	ENTRY_MAX = 4096,
	NAME_UNITS = 36,
	FIRST_ENTRIES_LBA = 2,
	BACKUP_ENTRIES_BYTES = 128 * 128,
	SEARCH_TAIL = 64 * 1024,
	PGPT_MAX = 1 << 20,
	SGPT_MAX = 0x80000,
};

struct header {
	uint64_t offset; /* in the dump */
	uint32_t sector;
	uint64_t my_lba, other_lba, last_usable, entries_lba;
	uint32_t entries, entry_size, entries_crc;
	bool crc_good;
};

/* One copy of the table: a header, or NULL sector when it had to be guessed,
 * and its entries. */
struct copy {
	struct header h;
	bool has_header;
	bool entries_good; /* the entries' CRC agrees */
	size_t used;	   /* plausible entries in use */
	uint8_t *bytes;	   /* h.entries * h.entry_size of them; owned */
	uint64_t entries_at;
};

static void copy_done(struct copy *c)
{
	rom_freep(&c->bytes);
}

static bool header_crc_good(const uint8_t *sector, uint32_t len, uint32_t crc)
{
	uint8_t buf[512];

	if (len < HEADER_LEN || len > sizeof(buf))
		return false;
	memcpy(buf, sector, len);
	memset(buf + 0x10, 0, 4);
	return rom_crc32(buf, len) == crc;
}

static enum rom_status read_header(struct rom_image *img, uint64_t offset,
	uint32_t sector, struct header *ret, struct rom_err *err)
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
	*ret = (struct header){
		.offset = offset,
		.sector = sector,
		.my_lba = rom_le64(&v, 0x18),
		.other_lba = rom_le64(&v, 0x20),
		.last_usable = rom_le64(&v, 0x30),
		.entries_lba = rom_le64(&v, 0x48),
		.entries = rom_le32(&v, 0x50),
		.entry_size = rom_le32(&v, 0x54),
		.entries_crc = rom_le32(&v, 0x58),
		.crc_good = header_crc_good(
			buf, rom_le32(&v, 0x0c), rom_le32(&v, 0x10)),
	};
	return ROM_OK;
}

/* Repairs what would make the entries unreadable; says so. False when nothing
 * sensible is left. */
static bool bound_header(struct header *h, struct rom_report *r)
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
	return true;
}

struct entry {
	uint64_t first, last; /* LBA */
	struct rom_buffer v;
};

static bool is_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && !memcmp(p, p + 1, len - 1));
}

/* False for an unused entry. */
static bool entry_at(const struct copy *c, size_t i, struct entry *ret)
{
	size_t off = i * c->h.entry_size;
	struct rom_buffer v = {
		.p = c->bytes + off,
		.len = c->h.entry_size,
		.offset = c->entries_at + off,
	};

	*ret = (struct entry){
		.first = rom_le64(&v, 0x20), .last = rom_le64(&v, 0x28), .v = v
	};
	return !is_zero(v.p, 16);
}

static bool plausible(const struct copy *c, const struct entry *e)
{
	uint64_t end;

	return e->first <= e->last && e->last < UINT64_MAX &&
	       rom_mul(e->last + 1, c->h.sector, &end) &&
	       end < (uint64_t)1 << 60 && e->v.p[0x38] != 0;
}

static void count_used(struct copy *c)
{
	struct entry e;

	c->used = 0;
	for (size_t i = 0; i < c->h.entries; i++) {
		if (entry_at(c, i, &e) && plausible(c, &e))
			c->used++;
	}
}

/* Reads the entries at an address into c. What lies past the end of the dump
 * stays zero. */
static bool read_entries(struct rom_image *img, struct copy *c, uint64_t offset)
{
	size_t len = (size_t)c->h.entries * c->h.entry_size, got = 0;
	struct rom_err err;

	if (offset >= img->size)
		return false;
	copy_done(c);
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

/* The entries of a backup lie where its header says, or (MediaTek) right before
 * it, in one of three ways. */
static bool find_backup_entries(struct rom_image *img, struct copy *c)
{
	uint64_t table = (uint64_t)c->h.entries * c->h.entry_size,
		 offset[4] = { 0 };
	size_t best = 0, best_used = 0;

	table = (table + c->h.sector - 1) / c->h.sector * c->h.sector;
	if (!rom_mul(c->h.entries_lba, c->h.sector, &offset[0]))
		offset[0] = UINT64_MAX;
	if (!rom_mul(c->h.last_usable + 1, c->h.sector, &offset[1]))
		offset[1] = UINT64_MAX;
	offset[2] = c->h.offset > BACKUP_ENTRIES_BYTES
			    ? c->h.offset - BACKUP_ENTRIES_BYTES
			    : UINT64_MAX;
	offset[3] = c->h.offset > table ? c->h.offset - table : UINT64_MAX;
	for (size_t i = 0; i < 4; i++) {
		if (!read_entries(img, c, offset[i]))
			continue;
		if (c->entries_good)
			return true;
		if (c->used > best_used) {
			best_used = c->used;
			best = i;
		}
	}
	return best_used && read_entries(img, c, offset[best]);
}

static bool read_primary(struct rom_image *img, uint32_t sector,
	struct rom_report *r, struct copy *c)
{
	uint64_t offset = 0;
	struct rom_err err;

	if (read_header(img, sector, sector, &c->h, &err))
		return false;
	if (!bound_header(&c->h, r))
		return false;
	c->has_header = true;
	if (rom_mul(c->h.entries_lba, sector, &offset) &&
		read_entries(img, c, offset))
		return true;
	return read_entries(img, c, (uint64_t)FIRST_ENTRIES_LBA * sector);
}

/* One to 36 printable ASCII characters as UTF-16, then zeros: as every vendor's
 * tools write names. */
static bool is_plain_name(const struct rom_buffer *entry)
{
	struct rom_buffer v = rom_buffer_part(entry, 0x38, 2 * NAME_UNITS);
	size_t n = 0;

	while (n < NAME_UNITS && rom_le16(&v, 2 * n) > 0x20 &&
		rom_le16(&v, 2 * n) < 0x7f)
		n++;
	for (size_t i = n; i < NAME_UNITS; i++) {
		if (rom_le16(&v, 2 * i))
			return false;
	}
	return n > 0;
}

/* Entries at LBA 2 whose header is gone. */
static bool read_headless(
	struct rom_image *img, uint32_t sector, struct copy *c)
{
	c->h = (struct header){
		.offset = sector,
		.sector = sector,
		.entries = 128,
		.entry_size = ENTRY_MIN,
	};
	c->has_header = false;
	if (!read_entries(img, c, (uint64_t)FIRST_ENTRIES_LBA * sector))
		return false;
	for (size_t i = 0; i < c->h.entries; i++) {
		struct entry e;

		/* without a header nothing else speaks for a table: every used
		 * entry must be sound */
		if (entry_at(c, i, &e) &&
			(!plausible(c, &e) || !is_plain_name(&e.v)))
			return false;
	}
	return true;
}

static bool read_backup_at(struct rom_image *img, uint64_t offset,
	uint32_t sector, struct rom_report *r, struct copy *c)
{
	struct rom_err err;

	if (offset >= img->size ||
		read_header(img, offset, sector, &c->h, &err) ||
		!bound_header(&c->h, r))
		return false;
	c->has_header = true;
	return find_backup_entries(img, c);
}

/* The backup header: where the primary says, in the last sector, or somewhere
 * in the last 64 KiB. */
static bool read_backup(struct rom_image *img, const struct copy *primary,
	struct rom_report *r, struct copy *c)
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
		struct header h;
		struct rom_err err;

		/* Qualcomm's gpt_backup0.bin is a template: its LBA is still
		 * 0 */
		if (read_header(img, offset - 512, 512, &h, &err) ||
			(h.my_lba < 2 && !(h.my_lba == 0 && h.crc_good)))
			continue;
		sector = h.my_lba * 4096 == offset - 512 ? 4096 : 512;
		return read_backup_at(img, offset - 512, sector, r, c);
	}
	return false;
}

/* UTF-16LE to UTF-8; what is no character becomes '?'. MediaTek's lk takes a
 * name whose high bytes are not zero for 8-bit text, and so do we when every
 * byte of it is printable ASCII. */
static char *entry_name(const struct rom_buffer *entry)
{
	struct rom_buffer v = rom_buffer_part(entry, 0x38, 2 * NAME_UNITS);
	char *out = rom_alloc(NAME_UNITS * 3 + 1), *o = out;
	size_t ascii = strnlen((const char *)v.p, v.len);
	size_t graph = 0;

	while (graph < ascii && v.p[graph] > 0x20 && v.p[graph] < 0x7f)
		graph++;
	if (ascii > 2 && graph == ascii) {
		memcpy(out, v.p, ascii);
		return out;
	}
	for (size_t i = 0; i + 1 < v.len; i += 2) {
		uint32_t c = rom_le16(&v, i);

		if (c == 0)
			break;
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < v.len &&
			(rom_le16(&v, i + 2) & 0xfc00) == 0xdc00) {
			c = 0x10000 + ((c & 0x3ff) << 10 |
					      (rom_le16(&v, i + 2) & 0x3ffu));
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = '?';
		}
		if (c < 0x80) {
			*o++ = (char)c;
		} else if (c < 0x800) {
			*o++ = (char)(0xc0 | c >> 6);
			*o++ = (char)(0x80 | (c & 0x3f));
		} else if (c < 0x10000) {
			*o++ = (char)(0xe0 | c >> 12);
			*o++ = (char)(0x80 | (c >> 6 & 0x3f));
			*o++ = (char)(0x80 | (c & 0x3f));
		} else {
			*o++ = (char)(0xf0 | c >> 18);
			*o++ = (char)(0x80 | (c >> 12 & 0x3f));
			*o++ = (char)(0x80 | (c >> 6 & 0x3f));
			*o++ = (char)(0x80 | (c & 0x3f));
		}
	}
	return out;
}

static void add_entry(struct rom_report *r, const struct copy *c, size_t i,
	const struct entry *e, enum rom_table_source source)
{
	ROM_AUTO char *name = entry_name(&e->v);
	ROM_AUTO char *shown = rom_printable(name, strlen(name));
	uint32_t sector = c->h.sector;

	if (!*name) {
		free(name);
		name = rom_format("part%zu", i + 1);
	}
	if (!plausible(c, e) && e->v.p[0x38] != 0) {
		rom_report_note(r, ROM_DAMAGE, shown, e->v.offset,
			"GPT entry %zu (%s): expected first LBA <= last LBA, "
			"got %" PRIu64 " and %" PRIu64 "; left out",
			i + 1, shown, e->first, e->last);
		return;
	}
	if (!plausible(c, e) &&
		(e->first > e->last || e->last >= UINT64_MAX / sector))
		return;
	rom_table_add(r, name,
		(struct rom_range){
			e->first * sector, (e->last + 1 - e->first) * sector },
		source);
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

static void add_table_rows(struct rom_report *r, const struct copy *c)
{
	uint64_t first = UINT64_MAX, end = 0, size = r->table.device_size;
	uint64_t least = BACKUP_ENTRIES_BYTES + c->h.sector,
		 head = least + c->h.sector;
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		first = rom_min(first, p->range.offset);
		end = rom_max(end, rom_range_end(p->range));
	}
	if (first >= head)
		rom_table_add(r, "pgpt",
			(struct rom_range){
				0, first <= PGPT_MAX ? first : head },
			ROM_SOURCE_NONE)
			->is_table = true;
	if (size < least || end > size - least)
		return;
	/* the factory gives sgpt all that follows the last partition: 0x4200,
	 * 0x8000 or 0x80000 */
	if (size - end > SGPT_MAX)
		end = size - least;
	rom_table_add(r, "sgpt", (struct rom_range){ end, size - end },
		ROM_SOURCE_NONE)
		->is_table = true;
}

/* ---- which copy ---------------------------------------------------------- */

static int worth(const struct copy *c)
{
	if (!c->bytes || !c->used)
		return 0;
	return 1 + (c->has_header ? 1 : 0) + (c->h.crc_good ? 2 : 0) +
	       (c->entries_good ? 4 : 0);
}

static bool is_healthy(const struct copy *c)
{
	return worth(c) == 8;
}

static void note_choice(struct rom_report *r, struct rom_image *img,
	const struct copy *primary, const struct copy *backup)
{
	bool backup_is_here =
		r->table.device_size && r->table.device_size <= img->size;

	if (!is_healthy(primary) && worth(backup) > worth(primary)) {
		rom_report_note(r, ROM_DAMAGE, NULL,
			primary->h.sector ? primary->h.sector : 512,
			"the primary GPT is %s; the backup at 0x%" PRIx64
			" is used",
			worth(primary) ? "damaged" : "gone", backup->h.offset);
	} else if (!is_healthy(primary)) {
		rom_report_note(r, ROM_DAMAGE, NULL, primary->h.offset,
			"the primary GPT is damaged (%s) and there is no "
			"better backup; its entries look "
			"plausible and are used",
			!primary->has_header   ? "its header is gone"
			: !primary->h.crc_good ? "checksum of the header"
					       : "checksum of the entries");
	} else if (!is_healthy(backup) && backup_is_here) {
		rom_report_note(r, ROM_WARNING, NULL,
			r->table.device_size - primary->h.sector,
			"the backup GPT at the end of the dump is %s; the "
			"primary is healthy",
			worth(backup) ? "damaged" : "gone");
	}
}

static uint64_t device_size(const struct copy *c, bool is_backup)
{
	uint64_t last = is_backup ? c->h.my_lba : c->h.other_lba, size;

	if (!c->has_header || last < 2 || last == UINT64_MAX ||
		!rom_mul(last + 1, c->h.sector, &size))
		return 0;
	return size < (uint64_t)1 << 60 ? size : 0;
}

/* Reads both copies with the sector size that fits; false when neither is
 * there. */
static bool find_copies(struct rom_image *img, struct rom_report *r,
	struct copy *primary, struct copy *backup)
{
	static const uint32_t sectors[] = { 512, 4096 };

	for (size_t i = 0; i < 2; i++) {
		if (read_primary(img, sectors[i], r, primary))
			break;
		copy_done(primary);
		*primary = (struct copy){ 0 };
	}
	if (!read_backup(img, primary, r, backup)) {
		copy_done(backup);
		*backup = (struct copy){ 0 };
	}
	for (size_t i = 0; i < 2 && !worth(primary) && !worth(backup); i++) {
		if (!read_headless(img, sectors[i], primary)) {
			copy_done(primary);
			*primary = (struct copy){ 0 };
		}
	}
	return worth(primary) || worth(backup);
}

/* ---- two copies with gaps ------------------------------------------------ */

/* An entry that both could be meant and be read. */
static bool is_sound(const struct copy *c, size_t i, struct entry *ret)
{
	return c->bytes && i < c->h.entries && entry_at(c, i, ret) &&
	       plausible(c, ret) && is_plain_name(&ret->v);
}

static bool overlaps_a_row(
	const struct rom_report *r, const struct copy *c, const struct entry *e)
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

/* Takes from the other copy the entries that this one has lost: nothing that
 * overlaps what is known. */
static void add_unattached_entries(
	struct rom_report *r, const struct copy *c, const struct copy *other)
{
	enum rom_table_source source =
		other->h.my_lba == 1 || !other->has_header ? ROM_SOURCE_PRIMARY
							   : ROM_SOURCE_BACKUP;
	struct entry mine, its;
	size_t taken = 0;

	for (size_t i = 0; i < other->h.entries; i++) {
		if (!is_sound(other, i, &its) || is_sound(c, i, &mine) ||
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
		"both copies of the GPT are damaged: %zu entries of this one "
		"are gone and come from the other (0x%" PRIx64 ")",
		taken, other->entries_at);
}

static void add_entries(
	struct rom_report *r, const struct copy *c, const struct copy *other)
{
	bool merge = !c->entries_good && other->bytes && other->used;
	struct entry e;

	for (size_t i = 0; i < c->h.entries; i++) {
		if (entry_at(c, i, &e) &&
			!(merge && is_sound(other, i, &e) &&
				!is_sound(c, i, &e)) &&
			entry_at(c, i, &e))
			add_entry(r, c, i, &e, r->table.source);
	}
	if (merge)
		add_unattached_entries(r, c, other);
}

static void fill_report(struct rom_image *img, struct rom_report *r,
	const struct copy *primary, const struct copy *backup)
{
	bool use_backup = worth(backup) > worth(primary);
	const struct copy *c = use_backup ? backup : primary;
	uint64_t end = img->size;
	struct rom_partition *p;

	r->table = (struct rom_table){
		.kind = ROM_TABLE_GPT,
		.source = use_backup ? ROM_SOURCE_BACKUP : ROM_SOURCE_PRIMARY,
		.sector_size = c->h.sector,
		/* eMMC knows 512 only */
		.region = c->h.sector == 4096 ? ROM_REGION_UFS_LU2
					      : ROM_REGION_EMMC_USER,
		.device_size = device_size(c, use_backup),
	};
	note_choice(r, img, primary, backup);
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

bool rom_gpt_header_good(struct rom_image *img, uint64_t offset,
	uint64_t *ret_my, uint64_t *ret_other)
{
	struct header h;
	struct rom_err err;

	if (read_header(img, offset, 512, &h, &err) || !h.crc_good)
		return false;
	*ret_my = h.my_lba;
	*ret_other = h.other_lba;
	return true;
}

static enum rom_status read_gpt(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct copy primary = { 0 }, backup = { 0 };
	bool found = find_copies(img, report, &primary, &backup);

	(void)err;
	(void)options;
	if (found)
		fill_report(img, report, &primary, &backup);
	copy_done(&primary);
	copy_done(&backup);
	return found ? ROM_OK : ROM_NO_MATCH;
}

const struct rom_table_reader rom_table_gpt = { .name = "gpt",
	.read = read_gpt };
