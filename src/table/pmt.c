/* SPDX-License-Identifier: MIT */
/*
 * pmt.c - MediaTek's own partition table of the time of MBR and EBR
 *
 * Little-endian (MediaTek ptgen, preloader and lk of MT6572 to MT6592;
 * docs/FORMATS.md) newer   4 KiB at 1 MiB before the end of the user area,
 * mirror 4 KiB on 0x000 4 "1vTP" (mirror "1TPM")  0x004 4 "1.0" or "1.1"  0x008
 * entries  0xff8 4 info  0xffc 4 as at 0 old     2 KiB in the first 12 MiB,
 * mirror 2 KiB on 0x000 4 "1vTP" (mirror "1TPM")  0x004 entries  0x7f8 4 info
 * 0x7fc 4 as at 0 info    1 sequence number  1 low half: update, high half 1:
 * the table goes on 2 KiB further  1 mirror  1 changed entry   64 name, then 76
 * bytes: 4 size 4 offset 4 flags           offset linear 88 bytes: 8 size 8
 * offset 8 flags           offset linear 96 bytes: 8 size 8 part 8 offset 8
 * flags    offset in the region; part 8 is the user area
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/disk.h"
#include "table_priv.h"

enum {
	NEW_LEN = 4096,
	OLD_LEN = 2048,
	NEW_FROM_END = 0x100000,
	OLD_FROM = 1024,
	OLD_TO = 0xc00000,
	STEP = 512,
	LOOK_LEN = 64 << 10, /* bytes of sectors looked at in one go */
	SIGNATURE_LEN = 4,
	MAX_ENTRIES = 40,
	NAME_LEN = 64,
	PART_USER = 8,
	CODE_UNIT = 0x20000,
	TAIL = 4 << 20,
};

/* reserved at the end, when the table does not name it */
#define BMT_POOL ((uint64_t)0x1500000)

struct entry {
	char name[NAME_LEN + 1];
	uint64_t size, offset, part;
};

/* One copy of the table. */
struct copy {
	uint64_t offset;
	bool is_new, is_mirror, signed_twice;
	uint8_t sequence;
	size_t entry_len, n;
	struct entry entry[MAX_ENTRIES];
};

/* ---- one copy ------------------------------------------------------------ */

static bool is_signature(const uint8_t *p, bool mirror)
{
	return p[0] >= '1' && p[0] <= '3' &&
	       !memcmp(p + 1, mirror ? "TPM" : "vTP", 3);
}

static bool take_name(const uint8_t *p, char *name)
{
	size_t n = strnlen((const char *)p, NAME_LEN);

	for (size_t i = 0; i < n; i++) {
		if (!isalnum(p[i]) && p[i] != '_')
			return false;
	}
	memcpy(name, p, n);
	name[n] = '\0';
	return n > 0;
}

/* False where the table ends. */
static bool entry_at(
	struct rom_buffer *v, size_t off, size_t len, struct entry *ret)
{
	struct entry e = { .part = PART_USER };

	if (off + len > v->len || !take_name(v->p + off, e.name))
		return false;
	off += NAME_LEN;
	if (len == 76) {
		e.size = rom_le32(v, off);
		e.offset = rom_le32(v, off + 4);
	} else {
		e.size = rom_le64(v, off);
		e.offset = rom_le64(v, off + (len == 96 ? 16 : 8));
	}
	if (len == 96)
		e.part = rom_le64(v, off + 8);
	*ret = e;
	return e.part <= PART_USER;
}

static bool is_code(uint64_t offset)
{
	return (offset & 0xffffffff) >> 16 == 0xffff;
}

/* How many entries make sense when they are that long: a name, and an offset
 * not before the last one's. */
static size_t count_entries(struct rom_buffer *v, size_t from, size_t len)
{
	struct entry e;
	uint64_t last = 0;
	size_t n = 0;

	while (n < MAX_ENTRIES && entry_at(v, from + n * len, len, &e)) {
		if (e.part == PART_USER && !is_code(e.offset)) {
			if (e.offset < last || e.offset >> 48)
				break;
			last = e.offset;
		}
		n++;
	}
	return n;
}

static void read_entries(struct copy *c, struct rom_buffer *v)
{
	static const size_t lengths[] = { 88, 96, 76 };
	size_t from = c->is_new ? 8 : 4;

	for (size_t i = 0; i < 3; i++) {
		size_t n = count_entries(v, from, lengths[i]);

		if (n > c->n) {
			c->n = n;
			c->entry_len = lengths[i];
		}
	}
	for (size_t i = 0; i < c->n; i++)
		entry_at(
			v, from + i * c->entry_len, c->entry_len, &c->entry[i]);
}

/* Old tables of more entries than fit go on in the next 2 KiB, without a
 * signature there. */
static size_t join_second_half(
	struct rom_image *img, uint64_t offset, uint8_t *buf)
{
	struct rom_err err;

	if (buf[OLD_LEN - 7] >> 4 != 1 ||
		rom_read(img, buf + OLD_LEN - 8, OLD_LEN, offset + OLD_LEN,
			&err))
		return OLD_LEN - 8;
	return 2 * OLD_LEN - 8;
}

static bool read_copy(struct rom_image *img, uint64_t offset, bool is_new,
	bool mirror, struct copy *ret)
{
	size_t len = is_new ? NEW_LEN : OLD_LEN;
	uint8_t buf[2 * NEW_LEN];
	struct rom_buffer v = { .p = buf, .offset = offset };
	struct rom_err err;

	*ret = (struct copy){
		.offset = offset, .is_new = is_new, .is_mirror = mirror
	};
	if (offset > img->size || rom_read(img, buf, len, offset, &err))
		return false;
	ret->signed_twice = is_signature(buf, mirror) &&
			    is_signature(buf + len - 4, mirror);
	if (!is_signature(buf, mirror) && !is_signature(buf + len - 4, mirror))
		return false;
	ret->sequence = buf[len - 8];
	v.len = is_new ? len - 8 : join_second_half(img, offset, buf);
	read_entries(ret, &v);
	return ret->n >= 3;
}

/* ---- the best of both copies --------------------------------------------- */

static bool is_better(const struct copy *a, const struct copy *b)
{
	if (!b->n || !a->n)
		return a->n > 0;
	if (a->signed_twice != b->signed_twice)
		return a->signed_twice;
	return a->sequence > b->sequence;
}

/* How a table is searched: sound copies, or at last torn ones. */
struct search {
	struct rom_image *img;
	bool torn;
	struct copy best;
	bool other_bad;
};

/* Main copy at at, its mirror behind it: which one is taken. */
static bool read_pair(struct search *s, uint64_t offset, bool is_new)
{
	struct copy *main_copy = rom_alloc(2 * sizeof(*main_copy)),
		    *mirror = main_copy + 1;
	uint64_t behind = offset + (is_new ? NEW_LEN : OLD_LEN);
	bool good = read_copy(s->img, offset, is_new, false, main_copy) &&
		    (s->torn || main_copy->signed_twice);
	bool mirror_good = read_copy(s->img, behind, is_new, true, mirror) &&
			   (s->torn || mirror->signed_twice);

	if (!good)
		main_copy->n = 0;
	if (!mirror_good)
		mirror->n = 0;
	s->best = is_better(mirror, main_copy) ? *mirror : *main_copy;
	s->other_bad = !good || !mirror_good;
	free(main_copy);
	return s->best.n > 0;
}

/* Sectors one after the other; where not all can be read, the beginnings of
 * those that can. */
static void read_sectors(
	struct rom_image *img, uint64_t offset, uint8_t *buf, size_t len)
{
	struct rom_err err;

	if (!rom_read(img, buf, len, offset, &err))
		return;
	memset(buf, 0, len);
	for (size_t off = 0; off < len; off += STEP) {
		if (rom_read(img, buf + off, SIGNATURE_LEN, offset + off, &err))
			memset(buf + off, 0, SIGNATURE_LEN);
	}
}

/* Each sector may begin a main copy, and a mirror len behind it. */
static bool find_pair_in(struct search *s, const uint8_t *sectors,
	struct rom_range where, bool is_new)
{
	size_t len = is_new ? NEW_LEN : OLD_LEN;

	for (size_t off = 0; off < where.len; off += STEP) {
		if ((is_signature(sectors + off, false) ||
			    is_signature(sectors + off + len, true)) &&
			read_pair(s, where.offset + off, is_new))
			return true;
	}
	return false;
}

static bool find_pair(struct search *s, struct rom_range where, bool is_new)
{
	ROM_AUTO uint8_t *sectors = rom_alloc(LOOK_LEN + NEW_LEN);
	size_t len = is_new ? NEW_LEN : OLD_LEN;

	for (uint64_t offset = where.offset;
		offset + 2 * len <= rom_range_end(where); offset += LOOK_LEN) {
		/* that may begin a pair */
		uint64_t last =
			(rom_range_end(where) - 2 * len - offset) / STEP;
		struct rom_range part = { offset,
			rom_min(LOOK_LEN, (last + 1) * STEP) };

		read_sectors(s->img, offset, sectors, (size_t)part.len + len);
		if (find_pair_in(s, sectors, part, is_new))
			return true;
	}
	return false;
}

/* The newer form: 1 MiB before the end; in a dump of unusual length, somewhere
 * in its last 4 MiB. */
static bool find_new(struct search *s)
{
	uint64_t size = s->img->size,
		 from = size > TAIL ? (size - TAIL) / STEP * STEP : 0;

	if (size >= NEW_FROM_END && read_pair(s, size - NEW_FROM_END, true))
		return true;
	return find_pair(s, (struct rom_range){ from, size - from }, true);
}

static bool find_old(struct search *s)
{
	uint64_t to = rom_min(s->img->size, OLD_TO);

	return to > OLD_FROM &&
	       find_pair(
		       s, (struct rom_range){ OLD_FROM, to - OLD_FROM }, false);
}

/* ---- rows ---------------------------------------------------------------- */

/* Where the user area begins in the addresses of the table: it begins with the
 * MBR. */
static uint64_t linear_base(const struct copy *c)
{
	if (c->entry_len == 96)
		return 0;
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->entry[i].name, "MBR"))
			return c->entry[i].offset;
	}
	return 0;
}

static bool is_user(const struct copy *c, const struct entry *e, uint64_t base)
{
	return c->entry_len == 96 ? e->part == PART_USER : e->offset >= base;
}

static uint64_t start_of(const struct entry *e, uint64_t base, uint64_t device)
{
	uint64_t back = (e->offset & 0xffff) * CODE_UNIT;

	if (is_code(e->offset))
		return device >= back ? device - back : UINT64_MAX;
	return e->offset - base;
}

/* The last entry before the pool has size 0, or one that is too large: it ends
 * where the pool begins. So does one whose size did not fit into 32 bits. */
static uint64_t size_of(const struct copy *c, const struct entry *e,
	uint64_t start, uint64_t pool)
{
	uint64_t room = start < pool ? pool - start : 0;
	bool wrapped =
		c->entry_len == 76 && room >> 32 && (room - e->size) << 32 == 0;

	if (is_code(e->offset) || !room)
		return e->size;
	return e->size == 0 || e->size > room || wrapped ? room : e->size;
}

static uint64_t pool_start(const struct copy *c, uint64_t base, uint64_t device)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->entry[i].name, "BMTPOOL"))
			return start_of(&c->entry[i], base, device);
	}
	return device > BMT_POOL ? device - BMT_POOL : device;
}

static void add_row(struct rom_report *r, const struct copy *c,
	const struct entry *e, uint64_t start, uint64_t pool)
{
	uint64_t size = size_of(c, e, start, pool);

	if (start >> 56 || size == 0 || size >> 56) {
		rom_report_note(r, ROM_DAMAGE, e->name, ROM_NO_OFFSET,
			"PMT: %s begins at 0x%" PRIx64 " with 0x%" PRIx64
			" bytes, which no phone has; left out",
			e->name, start, size);
		return;
	}
	if (size != e->size && e->size)
		rom_report_note(r, ROM_INFO, e->name, ROM_NO_OFFSET,
			"PMT: %s says 0x%" PRIx64
			" bytes; it ends where the reserved end begins, after "
			"0x%" PRIx64,
			e->name, e->size, size);
	rom_table_add(
		r, e->name, (struct rom_range){ start, size }, ROM_SOURCE_NONE);
}

static void add_rows(
	struct rom_report *r, const struct copy *c, uint64_t device)
{
	uint64_t base = linear_base(c), pool = pool_start(c, base, device);

	r->table.linear_base = base;
	for (size_t i = 0; i < c->n; i++) {
		const struct entry *e = &c->entry[i];

		if (is_user(c, e, base))
			add_row(r, c, e, start_of(e, base, device), pool);
	}
}

/* The newer form tells by its place how much the phone has; the old one by its
 * last entry, if that has a size. */
static uint64_t device_size(struct rom_image *img, const struct copy *c)
{
	uint64_t main_at = c->is_mirror ? c->offset - NEW_LEN : c->offset,
		 base = linear_base(c), end = 0;

	if (c->is_new)
		return main_at + NEW_FROM_END;
	for (size_t i = 0; i < c->n; i++) {
		const struct entry *e = &c->entry[i];

		if (!is_code(e->offset) && is_user(c, e, base) &&
			!(e->size >> 40))
			end = rom_max(end, e->offset - base + e->size);
	}
	return rom_max(img->size, end + BMT_POOL);
}

static void note_copies(struct rom_report *r, const struct search *s)
{
	const struct copy *c = &s->best;

	if (!c->signed_twice)
		rom_report_note(r, ROM_DAMAGE, NULL, c->offset,
			"the PMT has its signature at one end only: it was "
			"torn, entries may be wrong");
	else if (s->other_bad && c->is_mirror)
		rom_report_note(r, ROM_DAMAGE, NULL, c->offset,
			"the main copy of the PMT is damaged; its mirror here "
			"is used");
	else if (s->other_bad)
		rom_report_note(r, ROM_WARNING, NULL, c->offset,
			"the mirror of the PMT is damaged; its main copy here "
			"is whole");
}

static void fill_report(
	struct rom_image *img, struct rom_report *r, const struct search *s)
{
	uint64_t device = device_size(img, &s->best);

	r->table = (struct rom_table){
		.kind = ROM_TABLE_PMT,
		.source =
			s->best.is_mirror ? ROM_SOURCE_MIRROR : ROM_SOURCE_PMT,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_MEDIATEK,
		.device_size = device,
	};
	note_copies(r, s);
	add_rows(r, &s->best, device);
	rom_mbr_compare(img, r);
	r->complete = img->size >= device;
	rom_table_finish(img, r, rom_max(device, img->size));
}

/* The file begins with a filesystem that fills most of it: it is one partition,
 * and megabytes need not be searched for a table. */
static bool is_one_partition(struct rom_image *img)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = ROM_F2FS_SUPER_AT
	};
	struct rom_ext4_super ext4;
	struct rom_f2fs_super f2fs;
	struct rom_err err;
	uint64_t size = 0;

	if (img->size < ROM_F2FS_SUPER_AT + sizeof(buf) ||
		rom_read(img, buf, sizeof(buf), ROM_F2FS_SUPER_AT, &err))
		return false;
	if (!rom_f2fs_super_decode(&v, &f2fs, &err))
		rom_mul(f2fs.blocks, f2fs.block_size, &size);
	v.len = ROM_EXT4_SUPER_LEN;
	if (!rom_ext4_super_decode(&v, &ext4, &err))
		rom_mul(ext4.blocks, ext4.block_size, &size);
	return size / 2 >= img->size / 4;
}

static enum rom_status find(
	struct rom_image *img, struct rom_report *report, bool torn)
{
	struct search *s;
	bool found;

	if (is_one_partition(img))
		return ROM_NO_MATCH;
	s = rom_alloc(sizeof(*s));
	s->img = img;
	s->torn = torn;
	found = find_new(s) || find_old(s);
	if (found)
		fill_report(img, report, s);
	free(s);
	return found ? ROM_OK : ROM_NO_MATCH;
}

static enum rom_status read_pmt(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	(void)options;
	(void)err;
	return find(img, report, false);
}

/* Asked after the MBR, which tells less but is whole. */
static enum rom_status read_damaged(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	(void)options;
	(void)err;
	return find(img, report, true);
}

const struct rom_table_reader rom_table_pmt = { .name = "pmt",
	.read = read_pmt };
const struct rom_table_reader rom_table_pmt_damaged = { .name = "pmt, torn",
	.read = read_damaged };
