/* SPDX-License-Identifier: MIT */
/*
 * scan_look.c - recognizes contents that state their size
 *
 * Superblocks and boot sectors (disk/), Android boot images, images with
 * MediaTek's header, super, vbmeta, dtbo.
 */
#include <strings.h>

#include "scan_priv.h"

enum {
	MAX_SUB_IMAGES = 16,
	/* first byte of every boot sector of FAT and exFAT */
	FAT_JUMP = 0xeb,
	SUPER_AT = 0x400, /* offset of the superblocks of ext4 and f2fs */
	LP_AT = 0x1000,	  /* offset of the geometry of logical partitions */
	/* supers whose metadata are read: each may cost the digest of 1 MiB */
	MAX_SUPERS = 64,
};

static bool look_ext4(struct scan *s, uint64_t offset, struct scan_found *f)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_ext4_super sb;
	struct rom_err err;

	if (rom_read(s->img, buf, sizeof(buf), offset + ROM_EXT4_SUPER_AT,
		    &err) ||
		rom_ext4_super_decode(&v, &sb, &err) ||
		!rom_mul(sb.blocks, sb.block_size, &f->size))
		return false;
	if (sb.group) {
		s->is_bare |= (uint64_t)sb.group * sb.blocks_per_group *
				      sb.block_size ==
			      offset;
		return false;
	}
	s->filesystems++;
	rom_scan_name_ext4(s, &sb, f);
	return true;
}

/* A backup superblock is at the start of a block, and its group number reveals
 * where the filesystem begins. */
static void look_backup(struct scan *s, uint64_t offset)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_ext4_super sb;
	struct rom_err err;

	if (rom_read(s->img, buf, sizeof(buf), offset, &err) ||
		rom_ext4_super_decode(&v, &sb, &err) || !sb.group)
		return;
	s->is_bare |=
		(uint64_t)sb.group * sb.blocks_per_group * sb.block_size ==
		offset;
}

static bool look_f2fs(struct scan *s, uint64_t offset, struct scan_found *f)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_f2fs_super sb;
	struct rom_err err;

	if (rom_read(s->img, buf, sizeof(buf), offset + ROM_F2FS_SUPER_AT,
		    &err) ||
		rom_f2fs_super_decode(&v, &sb, &err) ||
		!rom_mul(sb.blocks, sb.block_size, &f->size))
		return false;
	s->filesystems++;
	rom_scan_set_name(
		f, strcasecmp(sb.label, "cache") ? "userdata" : "cache");
	return true;
}

/* Old phones keep the user's files on FAT. */
static bool look_fat(struct scan *s, uint64_t offset, struct scan_found *f)
{
	uint8_t buf[ROM_FAT_BOOT_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_fat_boot fat;
	struct rom_exfat_boot exfat;
	struct rom_err err;

	if (rom_read(s->img, buf, sizeof(buf), offset, &err))
		return false;
	if (!rom_fat_boot_decode(&v, &fat))
		f->size = fat.size;
	else if (!rom_exfat_boot_decode(&v, &exfat))
		f->size = exfat.size;
	else
		return false;
	s->filesystems++;
	rom_scan_set_name(f, s->old_names ? "FAT" : "fat");
	return true;
}

/* MediaTek also puts its header before the ramdisk; it states what the image is
 * for. */
static void name_boot(struct scan *s, uint64_t offset, const struct rom_boot *b,
	struct scan_found *f)
{
	uint8_t buf[ROM_MTK_HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_mtk_header h;
	struct rom_err err;

	if (!rom_read(s->img, buf, sizeof(buf), offset + b->ramdisk_at, &err) &&
		!rom_mtk_header_decode(&v, &h)) {
		bool recovery = !strcasecmp(h.name, "RECOVERY");

		rom_scan_set_name(
			f, recovery ? (s->old_names ? "RECOVERY" : "recovery")
				    : (s->old_names ? "BOOTIMG" : "boot"));
		/* where there are two, their order is more reliable */
		f->ramdisk = s->old_names;
		return;
	}
	rom_scan_set_name(f, s->old_names ? "BOOTIMG" : "boot");
	f->ramdisk = b->ramdisk ? b->ramdisk : 1;
}

static bool look_boot(struct scan *s, uint64_t offset, struct scan_found *f)
{
	uint8_t buf[ROM_BOOT_HEADER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_boot b;
	struct rom_err err;

	if (rom_read(s->img, buf, sizeof(buf), offset, &err) ||
		rom_boot_decode(&v, &b, &err))
		return false;
	f->size = b.used;
	f->strong = true;
	name_boot(s, offset, &b, f);
	return true;
}

static bool look_mtk(struct scan *s, uint64_t offset, struct scan_found *f)
{
	uint8_t buf[ROM_MTK_HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_mtk_header h;
	struct rom_err err;
	uint64_t end = offset;

	for (size_t i = 0; i < MAX_SUB_IMAGES; i++) {
		if (rom_read(s->img, buf, sizeof(buf), end, &err) ||
			rom_mtk_header_decode(&v, &h))
			break;
		if (i == 0)
			rom_scan_name_mtk(s, h.name, f);
		end += h.header + (h.size + h.align - 1) / h.align * h.align;
		if (h.last)
			break;
	}
	f->size = end - offset;
	f->strong = true;
	s->mediatek += f->size > 0;
	return f->size > 0;
}

static bool look_super(struct scan *s, uint64_t offset, struct scan_found *f)
{
	uint8_t buf[ROM_LP_GEOMETRY_LEN];
	ROM_AUTO uint8_t *slot = NULL;
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_lp_geometry g;
	struct rom_lp_metadata m;
	struct rom_err err;

	if (rom_read(s->img, buf, sizeof(buf), offset + 4096, &err) ||
		rom_lp_geometry_decode(&v, &g, &err) ||
		s->supers++ >= MAX_SUPERS)
		return false;
	slot = rom_alloc(g.metadata_max);
	v = (struct rom_buffer){ .p = slot, .offset = offset };
	if (rom_read_some(s->img, slot, g.metadata_max, offset + 3 * 4096,
		    &v.len, &err) ||
		rom_lp_metadata_decode(&v, &m, &err))
		return false;
	f->size = m.devices.n ? m.devices.v[0].size : 0;
	f->strong = true;
	rom_scan_set_name(f, "super");
	rom_lp_metadata_done(&m);
	return f->size > 0;
}

static bool look_small(const uint8_t *head, struct scan_found *f)
{
	struct rom_buffer v = { .p = head, .len = 64 };

	if (!memcmp(head, "AVB0", 4) && rom_be32(&v, 4) == 1) {
		f->size = rom_min(256 + rom_be64(&v, 0x0c) % (1 << 20) +
					  rom_be64(&v, 0x14) % (1 << 20),
			1 << 20);
		rom_scan_set_name(f, "vbmeta");
		return true;
	}
	if (rom_be32(&v, 0) == 0xd7b7ab1e && rom_be32(&v, 4) &&
		!(rom_be32(&v, 4) >> 26)) {
		f->size = rom_be32(&v, 4);
		rom_scan_set_name(f, "dtbo");
		return true;
	}
	return false;
}

/* One short read decides whether anything is worth decoding. */
bool rom_scan_look(struct scan *s, uint64_t offset, struct scan_found *f)
{
	static const uint8_t mtk[] = { 0x88, 0x16, 0x88, 0x58 };
	uint8_t head[LP_AT + 4], *super = head + SUPER_AT;
	struct rom_err err;
	size_t len = 0;

	*f = (struct scan_found){ 0 };
	if (rom_read_some(s->img, head, sizeof(head), offset, &len,
		    &err)) /* a bad block in the second page? */
		len = rom_read(s->img, head, SUPER_AT + 64, offset, &err)
			      ? 0
			      : SUPER_AT + 64;
	if (len < 64)
		return false;
	if (!memcmp(head, "ANDROID!", 8))
		return look_boot(s, offset, f);
	if (!memcmp(head, mtk, 4))
		return look_mtk(s, offset, f);
	if (look_small(head, f) ||
		(head[0] == FAT_JUMP && look_fat(s, offset, f)))
		return true;
	if (head[0x38] == 0x53 && head[0x39] == 0xef)
		look_backup(s, offset);
	if (len < SUPER_AT + 64)
		return false;
	if (super[0x38] == 0x53 && super[0x39] == 0xef)
		return look_ext4(s, offset, f);
	if (!memcmp(super, "\x10\x20\xf5\xf2", 4))
		return look_f2fs(s, offset, f);
	return len == sizeof(head) && !memcmp(head + LP_AT, "gDla", 4) &&
	       look_super(s, offset, f);
}
