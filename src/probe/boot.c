/* SPDX-License-Identifier: MIT */
/* boot.c - recognise Android boot and recovery images; layout in
 * disk/boot_header.c */
#include "probe_priv.h"

static enum rom_status probe_boot(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[ROM_BOOT_HEADER_LEN];
	struct rom_buffer v = { .p = buf };
	struct rom_boot b;
	char version[16], patch[16];
	enum rom_status st =
		rom_read_some(img, buf, sizeof(buf), 0, &v.len, err);

	if (!st)
		st = rom_boot_decode(&v, &b, err);
	if (st)
		return st;
	ret->bits = 64 + 16;
	ret->used = b.used;
	rom_boot_os(b.os_version, version, patch);
	rom_facts_number(&ret->detail, "header_version", b.version);
	rom_facts_number(&ret->detail, "page_size", b.page);
	rom_facts_number(&ret->detail, "kernel_size", b.kernel);
	rom_facts_number(&ret->detail, "ramdisk_size", b.ramdisk);
	if (b.second)
		rom_facts_number(&ret->detail, "second_size", b.second);
	if (b.dtb)
		rom_facts_number(&ret->detail, "dtb_size", b.dtb);
	if (*version)
		rom_facts_text(&ret->detail, "os_version", version);
	if (*patch)
		rom_facts_text(&ret->detail, "os_patch_level", patch);
	if (*b.name)
		rom_facts_text(&ret->detail, "name", b.name);
	if (*b.cmdline)
		rom_facts_text(&ret->detail, "cmdline", b.cmdline);
	return ROM_OK;
}

const struct rom_prober rom_prober_boot = {
	.name = "boot",
	.usage = ROM_USAGE_KERNEL,
	.traits = ROM_TRAIT_FLASHED,
	.min_size = 2048,
	.magic = { { "ANDROID!", 8, 0, false } },
	.probe = probe_boot,
};
