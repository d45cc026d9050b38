/* SPDX-License-Identifier: MIT */
/* scan_names.c - names of partitions, as their contents suggest them */
#include <ctype.h>
#include <strings.h>

#include "scan_priv.h"

static const struct {
	const char *in_image, *name, *old_name;
} mtk_names[] = {
	{ "lk", "lk", "UBOOT" },
	{ "uboot", "uboot", "UBOOT" },
	{ "logo", "logo", "LOGO" },
	{ "atf", "tee1", "TEE1" },
	{ "tee", "tee1", "TEE1" },
	{ "tz", "tee1", "TEE1" },
	{ "md1rom", "md1img", "md1img" },
	{ "md1dsp", "md1dsp", "md1dsp" },
	{ "md1arm7", "md1arm7", "md1arm7" },
	{ "md3rom", "md3img", "md3img" },
	{ "tinysys-scp", "scp1", "scp1" },
	{ "tinysys-sspm", "sspm_1", "sspm_1" },
	{ "spmfw", "spmfw", "spmfw" },
	{ "gz", "gz1", "gz1" },
	{ "dtbo", "odmdtbo", "odmdtbo" },
};

static const struct {
	const char *mount, *name, *old_name;
} mounts[] = {
	{ "/system", "system", "ANDROID" },
	{ "/", "system", "ANDROID" },
	{ "/data", "userdata", "USRDATA" },
	{ "/cache", "cache", "CACHE" },
	{ "/vendor", "vendor", "vendor" },
	{ "/product", "product", "product" },
	{ "/odm", "odm", "odm" },
	{ "/custom", "custom", "CUSTOM" },
	{ "/cust", "cust", "cust" },
	{ "/nvdata", "nvdata", "nvdata" },
	{ "/mnt/vendor/nvdata", "nvdata", "nvdata" },
	{ "/nvcfg", "nvcfg", "nvcfg" },
	{ "/mnt/vendor/nvcfg", "nvcfg", "nvcfg" },
	{ "/protect_f", "protect1", "PROTECT_F" },
	{ "/mnt/vendor/protect_f", "protect1", "PROTECT_F" },
	{ "/protect_s", "protect2", "PROTECT_S" },
	{ "/mnt/vendor/protect_s", "protect2", "PROTECT_S" },
	{ "/persist", "persist", "PERSIST" },
	{ "/mnt/vendor/persist", "persist", "PERSIST" },
	{ "/metadata", "metadata", "metadata" },
};

void rom_scan_set_name(struct scan_found *f, const char *name)
{
	snprintf(f->name, sizeof(f->name), "%.40s", name);
}

static bool is_label(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	}
	return n > 2;
}

const char *rom_scan_mount_name(const char *mount, bool old_names)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		if (!strcmp(mount, mounts[i].mount))
			return old_names ? mounts[i].old_name : mounts[i].name;
	}
	return NULL;
}

void rom_scan_name_ext4(const struct scan *s, const struct rom_ext4_super *sb,
	struct scan_found *f)
{
	const char *name = rom_scan_mount_name(sb->last_mounted, s->old_names);

	if (name)
		rom_scan_set_name(f, name);
	else if (is_label(sb->label))
		rom_scan_set_name(f, sb->label);
}

void rom_scan_name_mtk(
	const struct scan *s, const char *in_image, struct scan_found *f)
{
	for (size_t i = 0; i < sizeof(mtk_names) / sizeof(*mtk_names); i++) {
		if (!strncasecmp(in_image, mtk_names[i].in_image,
			    strlen(mtk_names[i].in_image))) {
			rom_scan_set_name(f, s->old_names
						     ? mtk_names[i].old_name
						     : mtk_names[i].name);
			return;
		}
	}
	if (is_label(in_image))
		rom_scan_set_name(f, in_image);
}
