/* SPDX-License-Identifier: MIT */
/* scatter_preloader.c - the row of the preloader: the first in every scatter
 * file, although it is not in the user area */
#include <stdlib.h>

#include "scatter_priv.h"

/* chips from MT6768 on: their preloader has 512 KiB */
enum { BIG_SCP = 0x600000 };

static uint64_t preloader_size(const struct scatter_spelling *sp)
{
	static const char *const scp[] = { "scp1", "scp_a", "scp" };
	const struct rom_report *r = sp->r;
	unsigned chip =
		r->platform.chip
			? (unsigned)strtoul(r->platform.chip + 2, NULL, 10)
			: 0;

	if (sp->options->style == ROM_STYLE_WWR)
		return 0x40000;
	if (r->table.linear_base)
		return r->table.linear_base;
	if (chip)
		return (chip >= 6768 && chip < 7000 && chip != 6795 &&
			       chip != 6797 && chip != 6799)
			       ? 0x80000
			       : 0x40000;
	for (size_t i = 0; i < 3; i++) {
		const struct rom_partition *p = rom_scatter_row_of(r, scp[i]);

		if (p && p->range.len >= BIG_SCP)
			return 0x80000;
	}
	return 0x40000;
}

/* EMMC_BOOT_1, when a preloader is in it. */
static const struct rom_partition *find_preloader(const struct rom_report *r)
{
	const struct rom_partition *p = rom_scatter_row_of(r, "preloader");

	return p && rom_partition_claim(p, ROM_USAGE_LOADER) ? p : NULL;
}

/* The file name in the preloader itself, which split uses, too; else what the
 * factory would call it. Freed by the caller. */
static char *preloader_file(
	const struct scatter_spelling *sp, const struct rom_partition *p)
{
	const struct rom_claim *c =
		p ? rom_partition_claim(p, ROM_USAGE_LOADER) : NULL;
	const struct rom_fact *f =
		c ? rom_facts_get(&c->detail, "file_name") : NULL;

	return f ? rom_strdup(f->text)
		 : rom_format("preloader_%s.bin", sp->s->project);
}

void rom_scatter_add_preloader(const struct scatter_spelling *sp)
{
	const struct rom_partition *p = find_preloader(sp->r);
	bool old = rom_scatter_is_mbr_era(sp->r);
	struct scatter_plan plan = {
		.name = old ? "PRELOADER" : "preloader",
		.file = preloader_file(sp, p),
		.type = "SV5_BL_BIN",
		.operation = "BOOTLOADERS",
		.region = sp->ufs ? "UFS_LU0_LU1"
			  : sp->old_keys || sp->options->style == ROM_STYLE_WWR
				  ? "EMMC_BOOT_1"
				  : "EMMC_BOOT1_BOOT2",
		.size = preloader_size(sp),
		.boundary_check = true,
		.download = true,
		.upgradable = true,
		.partition = p,
	};

	rom_scatter_spell(sp, &plan);
	free(plan.file);
}
