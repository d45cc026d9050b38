/* SPDX-License-Identifier: MIT */
/* mtk_preloader.c - recognise boot areas and preloader files; layout in
 * disk/preloader.c */
#include <stdlib.h>

#include "probe_priv.h"

static void add_facts(struct rom_claim *ret, const struct rom_preloader *pl)
{
	rom_facts_text(&ret->detail, "form", pl->medium ? pl->medium : "file");
	rom_facts_number(&ret->detail, "begin", pl->begin);
	rom_facts_number(&ret->detail, "length", pl->len);
	rom_facts_number(&ret->detail, "load_address", pl->load_address);
	if (*pl->file_name)
		rom_facts_text(&ret->detail, "file_name", pl->file_name);
	if (*pl->path_chip)
		rom_facts_text(&ret->detail, "path_chip", pl->path_chip);
	if (*pl->platform)
		rom_facts_text(&ret->detail, "rominfo_platform", pl->platform);
}

static enum rom_status probe_preloader(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(ROM_PRELOADER_READ);
	struct rom_buffer v = { .p = buf };
	struct rom_preloader pl;
	enum rom_status st =
		rom_read_some(img, buf, ROM_PRELOADER_READ, 0, &v.len, err);

	if (!st)
		st = rom_preloader_decode(&v, &pl, err);
	if (st)
		return st;
	ret->bits = 24 + 80 + (pl.medium ? 128 : 0);
	ret->used = pl.begin + pl.len;
	add_facts(ret, &pl);
	return ROM_OK;
}

const struct rom_prober rom_prober_mtk_preloader = {
	.name = "mtk-preloader",
	.usage = ROM_USAGE_LOADER,
	.min_size = 0x800,
	.magic = { { "EMMC_BOOT", 9, 0, false }, { "UFS_BOOT", 8, 0, false },
		{ "COMBO_BOOT", 10, 0, false }, { "SDMMC_BOOT", 10, 0, false },
		{ "MMM\x01", 4, 0, false } },
	.probe = probe_preloader,
};
