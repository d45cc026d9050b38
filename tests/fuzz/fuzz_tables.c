/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tables.c - every partition table, on media of any size (blocks.h); with
 * and without a scatter file as the table
 *
 * Flags of an input: 1 a linear scatter file is given, 2 one with addresses in
 * the region.
 */
#include "blocks.h"

#include "romsplit/table.h"

/* A phone of 1 TiB has some ten million steps of 32 KiB, and is mostly holes
 * here. */
enum { MAX_READS = 3000000 };

static const char linear_text[] =
	"- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V1.1.1\n  "
	"    platform: MT6582\n"
	"      storage: EMMC\n      block_size: 0x20000\n"
#define ROW(index, name, linear, size)                                         \
	"- partition_index: " index "\n  partition_name: " name                \
	"\n  linear_start_addr: " linear                                       \
	"\n  physical_start_addr: 0x0\n  partition_size: " size                \
	"\n  region: EMMC_USER\n"
	ROW("SYS0", "MBR", "0x600000", "0x80000") ROW("SYS1", "EBR1",
		"0x680000", "0x80000") ROW("SYS2", "NVRAM", "0xa00000",
		"0x500000") ROW("SYS3", "BOOTIMG", "0x1d80000", "0xa00000")
		ROW("SYS4", "ANDROID", "0x5000000", "0x10000000")
			ROW("SYS5", "USRDATA", "0x15000000", "0x20000000") ROW(
				"SYS6", "BMTPOOL", "0xFFFF00a8", "0x1500000");
#undef ROW

static const char region_text[] =
	"- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: V1.1.2\n  "
	"    platform: MT6797\n"
	"      storage: EMMC\n      block_size: 0x20000\n"
#define ROW(index, name, offset, size)                                         \
	"- partition_index: " index "\n  partition_name: " name                \
	"\n  linear_start_addr: " offset "\n  physical_start_addr: " offset    \
	"\n  partition_size: " size "\n  region: EMMC_USER\n"
	ROW("SYS0", "pgpt", "0x0", "0x80000") ROW("SYS1", "proinfo", "0x80000",
		"0x300000") ROW("SYS2", "boot", "0x1d80000", "0x1000000")
		ROW("SYS3", "userdata", "0x8000000", "0x4000000") ROW("SYS4",
			"odd", "0xfffffffffff00000", "0xffffffffffffffff")
			ROW("SYS5", "sgpt", "0xFFFF0004", "0x80000");
#undef ROW

static void check_row(const struct rom_partition *p)
{
	fuzz_assert(p->region && p->source);
	/* a row whose end nothing tells, of which nothing is there, has none */
	fuzz_assert(p->range.len > 0 || p->open_end);
	fuzz_assert(p->range.offset <= UINT64_MAX - p->range.len);
	fuzz_assert(p->base <= p->range.offset);
	fuzz_assert(p->present <= p->range.len && p->unread <= p->present);
	fuzz_assert((p->state == ROM_COMPLETE) ==
		    (p->present == p->range.len && !p->unread && !p->open_end));
	fuzz_assert((p->state == ROM_MISSING) == (p->present == 0));
	fuzz_assert(!p->name ||
		    (*p->name && rom_is_utf8(p->name, strlen(p->name))));
}

/* In order, and every byte of the image in some row. */
static void check_cover(const struct rom_image *img, const struct rom_report *r)
{
	const struct rom_partition *p;
	uint64_t end = 0, last = 0;

	rom_each (p, &r->partitions) {
		fuzz_assert(p->range.offset >= last);
		fuzz_assert(p->range.offset <= end);
		last = p->range.offset;
		end = rom_max(end, rom_range_end(p->range));
	}
	fuzz_assert(end >= img->size);
}

static void check_notes(const struct rom_report *r)
{
	const struct rom_note *note;

	rom_each (note, &r->notes)
		fuzz_assert(
			note->text && *note->text && !strchr(note->text, '\n'));
}

/* Whatever the table says, a scatter file of it can be written, or there is a
 * reason why not. */
static void make_scatter(const struct rom_report *r)
{
	static const char *const formats[] = { NULL, "v0", "v2", "xml" };
	FILE *out = fopen("/dev/null", "w");

	fuzz_assert(out);
	for (size_t i = 0; i < 4; i++) {
		struct rom_scatter_options options = {
			.style = i % 2 ? ROM_STYLE_WWR : ROM_STYLE_FACTORY,
			.format = formats[i],
		};
		struct rom_scatter s;
		struct rom_err err = { 0 };

		if (rom_scatter_make(r, &options, &s, &err)) {
			fuzz_assert(*err.text);
			continue;
		}
		rom_scatter_print(&s, out);
		rom_scatter_done(&s);
	}
	fclose(out);
}

static void read_table(struct rom_image *img, const struct rom_scatter *scatter)
{
	struct rom_table_options options = { .scatter = scatter,
		.scatter_name = "scatter" };
	struct rom_report *report = rom_report_new();
	const struct rom_partition *p;
	struct rom_err err;

	if (rom_table_read(img, &options, report, &err)) {
		fuzz_assert(report->partitions.n == 0 &&
			    report->table.kind == ROM_TABLE_NONE);
	} else {
		fuzz_assert(report->table.kind && report->table.region &&
			    report->table.sector_size);
		fuzz_assert(report->partitions.n > 0 &&
			    report->partitions.n < 5000);
		rom_each (p, &report->partitions)
			check_row(p);
		check_cover(img, report);
		check_notes(report);
		make_scatter(report);
	}
	rom_report_free(report);
}

static struct rom_scatter parse(const char *text)
{
	struct rom_scatter s = { 0 };
	struct rom_err err;

	fuzz_assert(!rom_scatter_parse(
		text, strlen(text), "MT6582_x.txt", &s, &err));
	return s;
}

static void read_with(struct rom_image *img, uint64_t flags)
{
	struct rom_scatter linear = parse(linear_text),
			   region = parse(region_text);

	read_table(img, flags & 2 ? &region : flags & 1 ? &linear : NULL);
	rom_scatter_done(&linear);
	rom_scatter_done(&region);
}

/* Signatures made good: a changed byte in them would only ever show that they
 * are looked at. */
static void mend_signature(uint8_t *p)
{
	if (!memcmp(p + 1, "vTP", 3) ||
		(p[0] == '1' && p[2] == 'T' && p[3] == 'P'))
		memcpy(p, "1vTP", 4);
	else if (!memcmp(p + 1, "TPM", 3) ||
		 (p[0] == '1' && p[1] == 'T' && p[3] == 'M'))
		memcpy(p, "1TPM", 4);
}

static void mend(uint8_t *data, size_t size)
{
	for (size_t i = BLOCKS_HEAD; i + BLOCKS_RECORD <= size;
		i += BLOCKS_RECORD) {
		mend_signature(data + i + 8);
		mend_signature(data + i + 8 + BLOCKS_SECTOR - 4);
		if (data[i + 8 + 510] == 0x55 || data[i + 8 + 511] == 0xaa)
			memcpy(data + i + 8 + 510, "\x55\xaa", 2);
	}
}

static void read_blocks(const uint8_t *data, size_t size)
{
	struct blocks_image *b = blocks_open(data, size);

	read_with(&b->img, blocks_le64(data + 16));
	fuzz_assert(b->reads < MAX_READS);
	rom_image_close(&b->img);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO uint8_t *copy = NULL;

	if (!blocks_is(data, size)) {
		ROM_AUTO_IMAGE struct rom_image *img =
			rom_image_open_memory(data, size, "input");

		for (uint64_t flags = 0; flags < 3; flags++)
			read_with(img, flags);
		return 0;
	}
	copy = rom_alloc(size);
	memcpy(copy, data, size);
	mend(copy, size);
	read_blocks(data, size);
	if (memcmp(copy, data, size))
		read_blocks(copy, size);
	return 0;
}

/* ---- seeds --------------------------------------------------------------- */

#define MiB ((uint64_t)1 << 20)

static void mbr_slot(struct blocks_maker *m, uint64_t offset, int slot,
	int type, uint32_t first, uint32_t n)
{
	uint8_t *p = blocks_sector(m, offset);

	memcpy(p + 510, "\x55\xaa", 2);
	p[446 + 16 * slot + 4] = (uint8_t)type;
	blocks_put(p + 446 + 16 * slot + 8, 4, first);
	blocks_put(p + 446 + 16 * slot + 12, 4, n);
}

/* MBR > EBR1 > EBR2, as on MT6572 */
static void put_chain(struct blocks_maker *m, uint64_t base)
{
	uint64_t ebr1 = base + 0x80000, ebr2 = base + 0x4000000;

	mbr_slot(m, base, 0, 0x05, 0x400, 0xffffffff);
	mbr_slot(m, base, 1, 0x83, 0x4800, 0x5000);
	mbr_slot(m, base, 2, 0x83, 0x9800, 0x5000);
	mbr_slot(m, base, 3, 0x83, 0x12000, 0x3000);
	mbr_slot(m, ebr1, 0, 0x83, 0x16000, 0x8000);
	mbr_slot(m, ebr1, 1, 0x05, 0x1fc00, 0xffffffff);
	mbr_slot(m, ebr2, 0, 0x83, 0x100, 0x100000);
	mbr_slot(m, ebr2, 1, 0x83, 0x200000, 0xffdff000);
}

struct pmt_form {
	size_t len, from, entry;
};

static void pmt_entry(uint8_t *p, const struct pmt_form *f, const char *name,
	uint64_t size, uint64_t offset)
{
	memcpy(p, name, strlen(name));
	if (f->entry == 76) {
		blocks_put(p + 64, 4, size);
		blocks_put(p + 68, 4, offset);
		return;
	}
	blocks_put(p + 64, 8, size);
	blocks_put(p + (f->entry == 96 ? 80 : 72), 8, offset);
	if (f->entry == 96)
		blocks_put(p + 72, 8, 8);
}

static void put_pmt(struct blocks_maker *m, uint64_t offset,
	const struct pmt_form *f, bool mirror)
{
	static const struct {
		const char *name;
		uint64_t size, offset;
	} rows[] = { { "MBR", 0x80000, 0 }, { "EBR1", 0x80000, 0x80000 },
		{ "NVRAM", 0x500000, 0x100000 },
		{ "SECCFG", 0x20000, 0x600000 },
		{ "BOOTIMG", 0xa00000, 0x700000 },
		{ "ANDROID", 0x4000000, 0x1100000 },
		{ "USRDATA", 0, 0x5100000 },
		{ "BMTPOOL", 0x1500000, 0xffff00a8 } };
	uint8_t block[4096] = { 0 };
	uint64_t base = f->entry == 96 ? 0 : 0x600000;

	memcpy(block, mirror ? "1TPM" : "1vTP", 4);
	memcpy(block + f->len - 4, block, 4);
	memcpy(block + 4, "1.0", f->from == 8 ? 3 : 0);
	block[f->len - 8] = 1;
	for (size_t i = 0; i < 8; i++)
		pmt_entry(block + f->from + i * f->entry, f, rows[i].name,
			rows[i].size,
			rows[i].offset +
				(rows[i].offset >> 16 == 0xffff ? 0 : base));
	blocks_bytes(m, offset, block, f->len);
}

static void put_text(struct blocks_maker *m, uint64_t offset, const char *text)
{
	blocks_bytes(m, offset, text, strlen(text));
}

static void put_ext4(struct blocks_maker *m, uint64_t offset,
	const char *mounted, uint32_t blocks)
{
	uint8_t sb[1024] = { 0 };

	blocks_put(sb + 0x00, 4, 8192);
	blocks_put(sb + 0x04, 4, blocks);
	blocks_put(sb + 0x18, 4, 2);
	blocks_put(sb + 0x20, 4, 32768);
	blocks_put(sb + 0x28, 4, 8192);
	blocks_put(sb + 0x38, 2, 0xef53);
	blocks_put(sb + 0x4c, 4, 1);
	blocks_put(sb + 0x58, 2, 256);
	blocks_put(sb + 0x60, 4, 0x42);
	memcpy(sb + 0x88, mounted, strlen(mounted));
	blocks_bytes(m, offset + 1024, sb, sizeof(sb));
}

static void put_boot(struct blocks_maker *m, uint64_t offset, uint32_t ramdisk)
{
	uint8_t head[48] = "ANDROID!";

	blocks_put(head + 0x08, 4, 5 << 20);
	blocks_put(head + 0x10, 4, ramdisk);
	blocks_put(head + 0x24, 4, 2048);
	blocks_bytes(m, offset, head, sizeof(head));
	blocks_sector(m, offset + 512);
}

static void put_image(struct blocks_maker *m, uint64_t offset, const char *name,
	uint32_t size)
{
	uint8_t head[512];

	memset(head, 0xff, sizeof(head));
	blocks_put(head, 4, 0x58881688);
	blocks_put(head + 4, 4, size);
	memset(head + 8, 0, 32);
	memcpy(head + 8, name, strlen(name));
	blocks_bytes(m, offset, head, sizeof(head));
}

/* A medium whose table is gone. */
static void put_contents(struct blocks_maker *m, uint64_t base)
{
	put_image(m, base + 0x1800000, "LK", 300000);
	put_image(m, base + 0x1900000, "LK", 300000);
	put_image(m, base + 0x1a00000, "LOGO", 900000);
	put_boot(m, base + 0x2000000, 1 << 20);
	put_boot(m, base + 0x3000000, 4 << 20);
	put_text(m, base + 0x3800000, "AVB0");
	blocks_sector(m, base + 0x3800000)[7] = 1;
	blocks_bytes(m, base + 0x3900000, "\xd7\xb7\xab\x1e\0\0\x10\0", 8);
	put_ext4(m, base + 0x4000000, "/system", 16384);
	put_ext4(m, base + 0x9000000, "/data", 65536);
}

/* The same hit again and again: as many rows as there may be. */
static void put_hits(struct blocks_maker *m, uint64_t base, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		put_text(m, base + 0x8000 * (uint64_t)i, "AVB0");
		blocks_sector(m, base + 0x8000 * (uint64_t)i)[7] = 1;
	}
}

uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	static const struct pmt_form forms[] = { { 4096, 8, 88 },
		{ 4096, 8, 96 }, { 2048, 4, 76 } };
	struct blocks_maker m;

	if (i > 13)
		return NULL;
	blocks_begin(&m,
		i == 13	 ? (uint64_t)1 << 38
		: i == 6 ? 48 * MiB
			 : 512 * MiB,
		i % 3);
	if (i < 3) {
		put_chain(&m, i == 2 ? 0x600000 : 0);
	} else if (i < 9) {
		const struct pmt_form *f = &forms[i % 3];
		uint64_t offset = f->len == 2048 ? 0x300000 : 511 * MiB;

		if (i >= 6)
			put_chain(&m, 0);
		put_pmt(&m, offset, f, false);
		put_pmt(&m, offset + f->len, f, true);
	} else if (i == 9) { /* boot areas in front */
		put_text(&m, 0, "EMMC_BOOT");
		put_text(&m, 0x400000, "EMMC_BOOT");
		put_chain(&m, 0xc00000);
		put_contents(&m, 0xc00000);
	} else if (i < 12) {
		put_contents(&m, 0);
	} else if (i == 12) {
		/* a chain, contents between, and sectors never read */
		put_chain(&m, 0);
		put_contents(&m, 0);
		for (uint64_t offset = 0x2000; offset < 0x2010; offset++)
			blocks_put(blocks_sector(&m, offset * 512) - 8, 8,
				offset | BLOCKS_UNREAD);
	} else {
		put_contents(&m, 0);
		put_hits(&m, 0x10000000, 300);
	}
	*len = m.len;
	return m.data;
}
