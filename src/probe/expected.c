/* SPDX-License-Identifier: MIT */
/* expected.c - the formats that a partition of a given name has on every
 * phone */
#include "probe_priv.h"

enum { MAX_FORMATS = 6 };

/* Old phones have upper-case names. */
static const struct expected {
	const char *name;
	const char *formats[MAX_FORMATS];
} rows[] = {
	{ "boot", { "boot" } },
	{ "BOOTIMG", { "boot" } },
	{ "recovery", { "boot" } },
	{ "vendor_boot", { "vendor_boot" } },
	{ "init_boot", { "boot" } },
	{ "logo", { "mtk-logo" } },
	{ "lk", { "mtk-image" } },
	{ "UBOOT", { "mtk-image", "unknown" } },
	{ "tee", { "mtk-image" } },
	{ "scp", { "mtk-image" } },
	{ "sspm_", { "mtk-image" } },
	{ "spmfw", { "mtk-image" } },
	{ "md1img", { "mtk-image" } },
	{ "md1dsp", { "mtk-image" } },
	{ "md1arm7", { "mtk-image" } },
	{ "md3img", { "mtk-image" } },
	{ "preloader", { "mtk-preloader" } },
	{ "vbmeta", { "vbmeta" } },
	{ "vbmeta_system", { "vbmeta" } },
	{ "vbmeta_vendor", { "vbmeta" } },
	{ "dtbo", { "dtbo", "mtk-image" } },
	{ "super", { "super" } },
	{ "system", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "ANDROID", { "ext4", "ext3", "ext2", "squashfs" } },
	{ "vendor", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "product", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "cache", { "ext4", "ext3", "ext2", "f2fs" } },
	{ "cust", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "userdata", { "ext4", "ext3", "ext2", "f2fs" } },
	{ "USRDATA", { "ext4", "ext3", "ext2", "f2fs" } },
};

static const struct expected *find_expected(const char *partition)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rom_slot_or_copy_matches(partition, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

static bool lists_format(const struct expected *e, const char *format)
{
	for (size_t i = 0; i < MAX_FORMATS && e->formats[i]; i++) {
		if (!strcmp(format, e->formats[i]))
			return true;
	}
	return false;
}

static char *join_formats(const struct expected *e)
{
	char *text = rom_strdup(e->formats[0]);

	for (size_t i = 1; i < MAX_FORMATS && e->formats[i]; i++) {
		ROM_AUTO char *old = text;

		text = rom_format("%s or %s", old, e->formats[i]);
	}
	return text;
}

enum rom_expected rom_probe_expected(
	const char *partition, const char *format, char **ret_words)
{
	const struct expected *e = find_expected(partition);

	if (!e)
		return ROM_EXPECTED_ANY;
	if (lists_format(e, format))
		return ROM_EXPECTED_THIS;
	*ret_words = join_formats(e);
	return ROM_EXPECTED_OTHER;
}

enum rom_boot_role rom_probe_boot_role(const char *name)
{
	static const char *const kernels[] = { "boot", "bootimg", "recovery" };

	if (!name)
		return ROM_BOOT_NONE;
	if (rom_slot_matches(name, "init_boot"))
		return ROM_BOOT_RAMDISK;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		if (rom_slot_matches(name, kernels[i]))
			return ROM_BOOT_KERNEL;
	}
	return ROM_BOOT_NONE;
}
