/* SPDX-License-Identifier: MIT */
/*
 * mbr_names.c - names for the entries of MediaTek's MBR and EBR, which store
 * none
 *
 * ptgen lists every filesystem in the order of the medium:
 *   PROTECT_F, PROTECT_S, SEC_RO (or FRP), ANDROID, CACHE, USRDATA, FAT
 * The first ones have the same sizes on every phone, but some phones have none
 * of them; FAT exists where the internal card is a partition of its own.
 */
#include "romsplit/disk.h"

#include "mbr_priv.h"
#include "scan_priv.h"

enum {
	SECTOR = 512,
	EXT_SUPER_AT = 1024,
	EXT_SUPER_LEN = 1024,
	PROTECT_LEN = 0xa00000,
	SEC_RO_LEN = 0x600000,
	/* MT6575 and MT6577: the entry is 1 MiB shorter than the partition */
	SEC_RO_SHORT = 0x500000,
	FRP_LEN = 0x100000,
	TAIL = 3, /* ANDROID, CACHE, USRDATA */
	NOISE_LEN = 4096,
	NOISE_VALUES = 240, /* of 256 */
};

bool rom_mbr_ext4(
	struct rom_image *img, uint64_t offset, struct rom_ext4_super *ret)
{
	uint8_t buf[EXT_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset + EXT_SUPER_AT
	};
	struct rom_err err;

	return offset < img->size &&
	       !rom_read(img, buf, sizeof(buf), v.offset, &err) &&
	       !rom_ext4_super_decode(&v, ret, &err);
}

bool rom_mbr_is_boot_sector(const uint8_t *sector)
{
	return !memcmp(sector + 3, "EXFAT   ", 8) ||
	       !memcmp(sector + 3, "NTFS    ", 8) ||
	       !memcmp(sector + 54, "FAT", 3) || !memcmp(sector + 82, "FAT", 3);
}

/* By its type, which the first chips of the MBR era have, or by content. */
static bool is_fat(struct rom_image *img, const struct rom_mbr_entry *e)
{
	uint64_t offset = e->range.offset;
	uint8_t buf[SECTOR];
	struct rom_err err;

	if (e->type == 0x06 || e->type == 0x0b || e->type == 0x0c)
		return true;
	return offset < img->size &&
	       !rom_read(img, buf, SECTOR, offset, &err) && buf[510] == 0x55 &&
	       buf[511] == 0xaa && rom_mbr_is_boot_sector(buf);
}

/* ---- by the mount point that a filesystem keeps -------------------------- */

static bool is_named(const struct rom_mbr_chain *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->entry[i].name && !strcmp(c->entry[i].name, name))
			return true;
	}
	return false;
}

/* Two filesystems with one mount point, of which one is a leftover: neither is
 * named by it. */
static void clear_twins(struct rom_mbr_chain *c)
{
	bool twin[ROM_MBR_MAX_DATA] = { false };

	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < c->n; k++)
			twin[i] |= k != i && c->entry[i].name &&
				   c->entry[k].name &&
				   !strcmp(c->entry[i].name, c->entry[k].name);
	}
	for (size_t i = 0; i < c->n; i++) {
		if (twin[i])
			c->entry[i].name = NULL;
	}
}

static void name_by_mounts(struct rom_image *img, struct rom_mbr_chain *c)
{
	struct rom_ext4_super sb;

	for (size_t i = 0; i < c->n; i++) {
		if (rom_mbr_ext4(img, c->entry[i].range.offset, &sb))
			c->entry[i].name =
				rom_scan_mount_name(sb.last_mounted, true);
	}
	clear_twins(c);
}

/* ---- by order and size --------------------------------------------------- */

/* The name of one of the small ones in front; NULL: it is none of them. */
static const char *head_name(const struct rom_mbr_chain *c, size_t i)
{
	uint64_t len = c->entry[i].range.len;

	if (i < 2 && len == PROTECT_LEN)
		return i ? "PROTECT_S" : "PROTECT_F";
	if (len == SEC_RO_LEN || len == SEC_RO_SHORT)
		return "SEC_RO";
	return len == FRP_LEN ? "FRP" : NULL;
}

/* Ciphertext has nearly all byte values; the start of a FAT, also of one that
 * was wiped, does not. */
static bool is_noise(struct rom_image *img, uint64_t offset)
{
	uint8_t buf[NOISE_LEN];
	bool seen[256] = { false };
	size_t values = 0;
	struct rom_err err;

	if (offset >= img->size ||
		rom_read(img, buf, sizeof(buf), offset, &err))
		return false;
	for (size_t i = 0; i < sizeof(buf); i++) {
		values += !seen[buf[i]];
		seen[buf[i]] = true;
	}
	return values >= NOISE_VALUES;
}

/* Whether the last one is FAT. Where it holds neither a filesystem nor what an
 * encrypted USRDATA does (not read, or wiped), the number of those before it
 * decides. */
static bool ends_with_fat(
	struct rom_image *img, const struct rom_mbr_chain *c, size_t heads)
{
	const struct rom_mbr_entry *last = &c->entry[c->n - 1];
	struct rom_ext4_super sb;

	if (c->n < 2)
		return false;
	if (is_fat(img, last))
		return true;
	if (last->name || rom_mbr_ext4(img, last->range.offset, &sb) ||
		is_noise(img, last->range.offset))
		return false;
	if (last[-1].name)
		return !strcmp(last[-1].name, "USRDATA");
	return c->n - heads > TAIL;
}

static void set_name(struct rom_mbr_chain *c, size_t i, const char *name)
{
	if (name && !c->entry[i].name && !is_named(c, name))
		c->entry[i].name = name;
}

void rom_mbr_name(struct rom_image *img, struct rom_mbr_chain *c)
{
	static const char *const from_end[TAIL] = { "USRDATA", "CACHE",
		"ANDROID" };
	size_t heads = 0, tail;
	bool has_fat;

	name_by_mounts(img, c);
	while (heads < c->n && head_name(c, heads))
		heads++;
	has_fat = ends_with_fat(img, c, heads);
	/* where an EBR is missing, which ones are the last is not known */
	tail = c->broken && !c->open_end ? 0 : TAIL + has_fat;
	for (size_t i = 0; i < c->n; i++) {
		size_t back = c->n - 1 - i;

		if (i < 2 || back >= tail)
			set_name(c, i, head_name(c, i));
		if (back == 0 && has_fat)
			set_name(c, i, "FAT");
		else if (back < tail)
			set_name(c, i, from_end[back - has_fat]);
	}
}
