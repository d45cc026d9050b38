/* SPDX-License-Identifier: MIT */
/* fuzz_gpt.c - partition tables, as they lie there and again with their
 * checksums made good */
#include "fuzz.h"

#include "romsplit/table.h"

static void read_table(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");
	struct rom_report *report = rom_report_new();
	const struct rom_partition *p;
	struct rom_err err;

	if (!rom_table_read(img, NULL, report, &err)) {
		fuzz_assert(report->table.kind && report->table.sector_size);
		fuzz_assert(report->partitions.n > 0);
		rom_each (p, &report->partitions) {
			fuzz_assert(p->region && p->source);
			fuzz_assert(
				p->range.len > 0 &&
				p->range.offset <= UINT64_MAX - p->range.len);
			fuzz_assert(p->present <= p->range.len);
			fuzz_assert(!p->name ||
				    rom_is_utf8(p->name, strlen(p->name)));
		}
	} else {
		/* untouched when there is no table */
		fuzz_assert(report->partitions.n == 0);
	}
	rom_report_free(report);
}

static void put32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* Without this a changed byte would only ever show that checksums are looked
 * at. */
static void mend(uint8_t *data, size_t size, size_t offset, size_t sector)
{
	struct rom_buffer v = { .p = data, .len = size };
	uint64_t entries, bytes;
	uint32_t header;

	if (!rom_buffer_has(&v, offset, "EFI PART", 8))
		return;
	header = rom_le32(&v, offset + 0x0c);
	if (!rom_mul(rom_le64(&v, offset + 0x48), sector, &entries) ||
		!rom_mul(rom_le32(&v, offset + 0x50),
			rom_le32(&v, offset + 0x54), &bytes) ||
		header < 92 || header > 512 || offset + header > size)
		return;
	if (entries < size && bytes <= size - entries)
		put32(data + offset + 0x58,
			rom_crc32(data + entries, (size_t)bytes));
	put32(data + offset + 0x10, 0);
	put32(data + offset + 0x10, rom_crc32(data + offset, header));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO uint8_t *copy = NULL;

	read_table(data, size);
	if (size < 1024)
		return 0;
	copy = rom_alloc(size);
	memcpy(copy, data, size);
	mend(copy, size, 512, 512);
	mend(copy, size, size - 512, 512);
	if (size >= 8192) {
		mend(copy, size, 4096, 4096);
		mend(copy, size, size - 4096, 4096);
	}
	if (memcmp(copy, data, size))
		read_table(copy, size);
	return 0;
}
