/* SPDX-License-Identifier: MIT */
/* fuzz_printed.c - tables that tools and phones print, and the GPTs that are
 * made of them */
#include "fuzz.h"

#include "romsplit/gpt.h"
#include "romsplit/printed.h"

static void feed(const uint8_t *data, size_t size, struct rom_printed *ret)
{
	struct rom_printed_reader *r = rom_printed_begin();
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	char line[256];
	unsigned number = 1;
	bool ends;

	while (f && rom_text_line(f, line, sizeof(line), &ends)) {
		rom_printed_line(r, line, number);
		number += ends;
	}
	if (f)
		fclose(f);
	rom_printed_end(r, ret);
}

/* A table that is made has sums that match, and no two partitions overlap. */
static void check_made(
	const struct rom_gpt_plan *plan, const struct rom_gpt_files *files)
{
	const uint8_t *at = files->primary + plan->sector;
	struct rom_buffer v = { .p = at, .len = 92 };
	uint8_t header[92];

	memcpy(header, at, sizeof(header));
	memset(header + 0x10, 0, 4);
	fuzz_assert(rom_crc32(header, sizeof(header)) == rom_le32(&v, 0x10));
	for (size_t i = 0; i < plan->parts.n; i++) {
		struct rom_range a = plan->parts.v[i].range;

		fuzz_assert(a.len && rom_range_end(a) <= files->backup_offset);
		fuzz_assert(a.offset >= files->primary_len);
		for (size_t k = 0; k < i; k++)
			fuzz_assert(!rom_range_common(a, plan->parts.v[k].range)
					     .len);
	}
}

static void make(const struct rom_printed_table *t, uint32_t sector)
{
	struct rom_gpt_plan plan = { .size = (uint64_t)1 << 30,
		.sector = sector };
	struct rom_gpt_files files = { 0 };
	struct rom_err err;

	if (!rom_gpt_plan_printed(t, "table", &plan, &err) &&
		!rom_gpt_make(&plan, &files, &err))
		check_made(&plan, &files);
	rom_gpt_files_done(&files);
	rom_gpt_plan_done(&plan);
}

static void check_table(struct rom_printed_table *t)
{
	size_t n;
	struct rom_printed_row *rows = rom_printed_places(t, 512, &n);

	fuzz_assert(t->rows.n > 0 && t->rows.n <= 1024 && n <= t->rows.n);
	for (size_t i = 0; i < t->rows.n; i++)
		fuzz_assert(strlen(t->rows.v[i].name) <= 72);
	for (size_t i = 0; i < n; i++)
		fuzz_assert(rows[i].size &&
			    rows[i].start + rows[i].size <= (uint64_t)1 << 56);
	free(rows);
	make(t, 512);
	rom_printed_set_unit(t, 4096);
	make(t, 4096);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rom_printed p;
	const struct rom_printed_table *t;
	struct rom_err err;

	feed(data, size, &p);
	fuzz_assert(p.tables.n <= 32 && p.problems.n <= 32);
	rom_printed_choose(&p, "table", &t, &err);
	for (size_t i = 0; i < p.tables.n; i++)
		check_table(&p.tables.v[i]);
	rom_printed_done(&p);
	return 0;
}

uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	static const char *const texts[] = {
		"GPT Table:\n-------------\n"
		"boot:      Offset 0x0000000001000000, Length "
		"0x0000000002000000, Flags 0x00000000, UUID "
		"f57ad330-39c2-4488-b09b-00cb43c9ccd4, Type EFI_BASIC_DATA\n"
		"userdata:  Offset 0x0000000003000000, Length "
		"0x0000000002000000\n"
		"           Flags 0x00000004, UUID "
		"fe686d97-3544-4a41-21be-167e25b61b6f, Type 0x20117f86\n\n"
		"Total disk size:0x0000000040000000, "
		"sectors:0x0000000000200000\n",
		"[7] [GPT_LK][0]name=proinfo, part_id=8, start_sect=0x400, "
		"nr_sects=0x1800\n[8] [GPT_LK][1]name=nvram, part_id=8, "
		"start_sect=0x1c00, nr_sects=0x2800, uuid="
		"fe686d97-3544-4a41-be21-167e25b61b6f\n"
		"[9] [GPT_LK] EMMC_PART_USER size = 0x40000000\n",
		"Part_Name\tSize\tStartAddr\tType\tMapTo\n"
		"preloader 0x40000 0x0 2 /dev/misc-sd\n"
		"mbr 0x4000 0x600000 2 /dev/block/mmcblk0\n"
		"usrdata 0x2000000 0x1600000 2 /dev/block/mmcblk0p5\n"
		"bmtpool 0x1500000 0xff9f00a8 2 /dev/block/mmcblk0\n",
		"Name Start Size\npgpt 0x0 0x80000\nboot 0x1000000 0x100000\n"
		"sgpt 0x3ff80000 0x80000\n",
		"partno:    start_sect   nr_sects  partition_name\n"
		"emmc_p1: 00000400 00000002 \"ebr1\"\n"
		"emmc_p2: 00006800 00005000 \"protect f\"\n"
		"dev: size erasesize name\nmtd0: 00040000 00020000 \"a\"\n"
		"major minor  #blocks  name\n 179 0 3795968 mmcblk0\n",
		"(bootloader) logical-block-size: 0x200\n"
		"(bootloader) partition-size:sgpt: 8000\n"
		"(bootloader) partition-size:userdata: ff0000\n"
		"(bootloader) partition-size:pgpt: 8000\n"
		"(bootloader) partition-size:preloader: 0x40000\n",
	};

	if (i >= sizeof(texts) / sizeof(*texts))
		return NULL;
	*len = strlen(texts[i]);
	return (uint8_t *)rom_strdup(texts[i]);
}
