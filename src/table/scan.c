/* SPDX-License-Identifier: MIT */
/*
 * scan.c - no table is left: partitions by contents that tell their own name
 * and size
 *
 * Superblocks and boot sectors (disk/), Android boot images, images with
 * MediaTek's header, super, vbmeta, dtbo. A partition may be larger than its
 * content says: what is found ends where the content does, and the rest stays a
 * row without a name.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "romsplit/disk.h"
#include "table_priv.h"

enum {
	/* MediaTek's partitions begin at multiples of this */
	STEP = 0x8000,
	WIDE_STEP = 1 << 20, /* large ones at multiples of more */
	MAX_SUB_IMAGES = 16,
	LEAST_FOUND = 3,
	/* the first byte of every boot sector of FAT and exFAT */
	FAT_JUMP = 0xeb,
	SUPER_AT = 0x400, /* of the superblocks of ext4 and f2fs */
	LP_AT = 0x1000,	  /* of the geometry of logical partitions */
	/* that are looked into: each may cost the sum of a MiB */
	MAX_SUPERS = 64,
};

/* bytes without a find, after which steps are wide */
#define WIDE_AFTER ((uint64_t)1 << 30)
/* of the report: a free name is sought among all of them */
#define MAX_ROWS 256

struct found {
	char name[48];
	uint64_t size;
	bool strong; /* only a phone's medium has such a thing */
	/* bytes, of a boot image whose name the ramdisk's size or its place
	 * must tell; else 0 */
	uint64_t ramdisk;
};

struct scan {
	struct rom_image *img;
	struct rom_report *r;
	bool old_names; /* MBR era: upper case */
	size_t rows, strong, filesystems, mediatek;
	/* a backup superblock says that a filesystem begins at 0 */
	bool is_bare;
	size_t boots[2]; /* rows of boot images without a name of their own */
	uint64_t ramdisks[2];
	size_t n_boots;
	unsigned supers;
};

/* ---- names --------------------------------------------------------------- */

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

static void set_name(struct found *f, const char *name)
{
	snprintf(f->name, sizeof(f->name), "%.40s", name);
}

/* ---- what lies here? ----------------------------------------------------- */

static bool is_label(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	}
	return n > 2;
}

static void name_ext4(
	const struct scan *s, const struct rom_ext4_super *sb, struct found *f)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		if (!strcmp(sb->last_mounted, mounts[i].mount)) {
			set_name(f, s->old_names ? mounts[i].old_name
						 : mounts[i].name);
			return;
		}
	}
	if (is_label(sb->label))
		set_name(f, sb->label);
}

static bool look_ext4(struct scan *s, uint64_t offset, struct found *f)
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
	name_ext4(s, &sb, f);
	return true;
}

/* A backup superblock lies at the start of a block: its group says where its
 * filesystem begins. */
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

static bool look_f2fs(struct scan *s, uint64_t offset, struct found *f)
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
	set_name(f, strcasecmp(sb.label, "cache") ? "userdata" : "cache");
	return true;
}

/* The storage of the user's files in old phones. */
static bool look_fat(struct scan *s, uint64_t offset, struct found *f)
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
	set_name(f, s->old_names ? "FAT" : "fat");
	return true;
}

/* MediaTek puts its header before the ramdisk, too: it says what the image is
 * for. */
static void name_boot(struct scan *s, uint64_t offset, const struct rom_boot *b,
	struct found *f)
{
	uint8_t buf[ROM_MTK_HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_mtk_header h;
	struct rom_err err;

	if (!rom_read(s->img, buf, sizeof(buf), offset + b->ramdisk_at, &err) &&
		!rom_mtk_header_decode(&v, &h)) {
		bool recovery = !strcasecmp(h.name, "RECOVERY");

		set_name(f, recovery ? (s->old_names ? "RECOVERY" : "recovery")
				     : (s->old_names ? "BOOTIMG" : "boot"));
		/* where there are two, their order says more */
		f->ramdisk = s->old_names;
		return;
	}
	set_name(f, s->old_names ? "BOOTIMG" : "boot");
	f->ramdisk = b->ramdisk ? b->ramdisk : 1;
}

static bool look_boot(struct scan *s, uint64_t offset, struct found *f)
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

static void name_mtk(
	const struct scan *s, const char *in_image, struct found *f)
{
	for (size_t i = 0; i < sizeof(mtk_names) / sizeof(*mtk_names); i++) {
		if (!strncasecmp(in_image, mtk_names[i].in_image,
			    strlen(mtk_names[i].in_image))) {
			set_name(f, s->old_names ? mtk_names[i].old_name
						 : mtk_names[i].name);
			return;
		}
	}
	if (is_label(in_image))
		set_name(f, in_image);
}

static bool look_mtk(struct scan *s, uint64_t offset, struct found *f)
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
			name_mtk(s, h.name, f);
		end += h.header + (h.size + h.align - 1) / h.align * h.align;
		if (h.last)
			break;
	}
	f->size = end - offset;
	f->strong = true;
	s->mediatek += f->size > 0;
	return f->size > 0;
}

static bool look_super(struct scan *s, uint64_t offset, struct found *f)
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
	set_name(f, "super");
	rom_lp_metadata_done(&m);
	return f->size > 0;
}

static bool look_small(const uint8_t *head, struct found *f)
{
	struct rom_buffer v = { .p = head, .len = 64 };

	if (!memcmp(head, "AVB0", 4) && rom_be32(&v, 4) == 1) {
		f->size = rom_min(256 + rom_be64(&v, 0x0c) % (1 << 20) +
					  rom_be64(&v, 0x14) % (1 << 20),
			1 << 20);
		set_name(f, "vbmeta");
		return true;
	}
	if (rom_be32(&v, 0) == 0xd7b7ab1e && rom_be32(&v, 4) &&
		!(rom_be32(&v, 4) >> 26)) {
		f->size = rom_be32(&v, 4);
		set_name(f, "dtbo");
		return true;
	}
	return false;
}

/* One short read decides whether it is worth looking closer. */
static bool look(struct scan *s, uint64_t offset, struct found *f)
{
	static const uint8_t mtk[] = { 0x88, 0x16, 0x88, 0x58 };
	uint8_t head[LP_AT + 4], *super = head + SUPER_AT;
	struct rom_err err;
	size_t len = 0;

	*f = (struct found){ 0 };
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

/* ---- rows ---------------------------------------------------------------- */

/* lk, lk2; tee1, tee2; sspm_1, sspm_2; others with the number behind. Freed by
 * the caller. */
static char *free_name(struct scan *s, const struct found *f, uint64_t offset)
{
	size_t n = strlen(f->name);
	ROM_AUTO char *name = rom_strdup(f->name);

	if (!n)
		return rom_format("found_%" PRIx64, offset);
	for (unsigned i = 2; rom_report_find(s->r, name); i++) {
		bool numbered = f->name[n - 1] == '1';

		free(name);
		name = rom_format(
			"%.*s%u", (int)(numbered ? n - 1 : n), f->name, i);
	}
	return ROM_TAKE(name);
}

static void note_boot(struct scan *s, const struct found *f)
{
	if (!f->ramdisk)
		return;
	if (s->n_boots < 2) {
		s->boots[s->n_boots] = s->r->partitions.n - 1;
		s->ramdisks[s->n_boots] = f->ramdisk;
	}
	s->n_boots++;
}

static void add_found(struct scan *s, const struct found *f, uint64_t offset)
{
	ROM_AUTO char *name = free_name(s, f, offset);

	rom_table_add(s->r, name, (struct rom_range){ offset, f->size },
		ROM_SOURCE_SIGNATURES);
	s->rows++;
	s->strong += f->strong;
	note_boot(s, f);
}

static void rename_row(struct scan *s, size_t row, const char *name)
{
	struct rom_partition *p = &s->r->partitions.v[row];
	struct found f;

	set_name(&f, name);
	free(p->name);
	p->name = NULL;
	p->name = free_name(s, &f, p->range.offset);
}

/* Of two boot images, phones of the MBR era have BOOTIMG first, whatever was
 * flashed there. Later ones have no order: where they say no more, the one with
 * the larger ramdisk is recovery's, for it holds a system of its own. */
static void name_boots(struct scan *s)
{
	size_t recovery = s->old_names || s->ramdisks[1] > s->ramdisks[0];

	if (s->n_boots != 2 ||
		(!s->old_names && s->ramdisks[0] == s->ramdisks[1]))
		return;
	for (size_t i = 0; i < 2; i++) {
		free(s->r->partitions.v[s->boots[i]].name);
		s->r->partitions.v[s->boots[i]].name = NULL;
	}
	rename_row(s, s->boots[!recovery], s->old_names ? "BOOTIMG" : "boot");
	rename_row(
		s, s->boots[recovery], s->old_names ? "RECOVERY" : "recovery");
}

static uint64_t skip_hole(struct scan *s, uint64_t offset, uint64_t end)
{
	struct rom_span span;

	rom_image_map(s->img, offset, end - offset, &span);
	if (span.kind != ROM_SPAN_HOLE && span.kind != ROM_SPAN_ABSENT)
		return offset;
	/* a superblock lies behind the start of its partition */
	return span.len > 2 * STEP ? offset + (span.len - STEP) / STEP * STEP
				   : offset;
}

static void run(struct scan *s, struct rom_range range)
{
	uint64_t end = rom_min(rom_range_end(range), s->img->size);
	uint64_t last = range.offset, offset = range.offset, next;
	struct found f;

	while (offset < end && s->r->partitions.n < MAX_ROWS) {
		next = skip_hole(s, offset, end);
		if (next > offset) {
			offset = next;
			continue;
		}
		if (look(s, offset, &f) && f.size > 0 && f.size >> 56 == 0) {
			add_found(s, &f, offset);
			last = offset + f.size;
			offset += (f.size + STEP - 1) / STEP * STEP;
			continue;
		}
		offset += offset > last && offset - last > WIDE_AFTER
				  ? WIDE_STEP - offset % WIDE_STEP
				  : STEP;
	}
	name_boots(s);
}

size_t rom_scan_range(struct rom_image *img, struct rom_range range,
	struct rom_report *r, size_t *ret_strong)
{
	struct scan s = {
		.img = img, .r = r, .old_names = r->table.kind == ROM_TABLE_MBR
	};

	run(&s, range);
	*ret_strong = s.strong;
	return s.rows;
}

/* ---- as a table ---------------------------------------------------------- */

/* What has a content of its own at its start is that, not a dump. */
static bool begins_with_content(struct scan *s)
{
	uint8_t head[16];
	struct found f;
	struct rom_err err;

	if (look(s, 0, &f) || rom_read(s->img, head, sizeof(head), 0, &err))
		return true;
	return !memcmp(head, "\x3a\xff\x26\xed", 4) ||
	       !memcmp(head, "MMM", 3) || !memcmp(head, "EMMC_BOOT", 9) ||
	       !memcmp(head, "UFS_BOOT", 8);
}

static void drop_rows(struct rom_report *r)
{
	struct rom_partition *p;

	rom_each (p, &r->partitions)
		free(p->name);
	rom_vec_done(&r->partitions);
}

/* Userdata is the largest; where nothing says its name, that does. */
static void name_userdata(struct rom_report *r)
{
	struct rom_partition *p, *best = NULL;

	if (rom_report_find(r, "userdata"))
		return;
	/* only filesystems have no name when they are found */
	rom_each (p, &r->partitions) {
		if (!strncmp(p->name, "found_", 6) &&
			(!best || p->range.len > best->range.len))
			best = p;
	}
	if (!best)
		return;
	free(best->name);
	best->name = rom_strdup("userdata");
}

static enum rom_status read_scan(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct scan s = { .img = img, .r = report };
	struct rom_table table = {
		.kind = ROM_TABLE_SCAN,
		.source = ROM_SOURCE_SIGNATURES,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
	};

	(void)options;
	(void)err;
	if (begins_with_content(&s))
		return ROM_NO_MATCH;
	report->table = table;
	s.filesystems = 0;
	run(&s, (struct rom_range){ 0, img->size });
	if (s.is_bare || s.rows < LEAST_FOUND ||
		(!s.strong && s.filesystems < 2)) {
		drop_rows(report);
		return ROM_NO_MATCH;
	}
	name_userdata(report);
	report->table.vendor =
		s.mediatek ? ROM_VENDOR_MEDIATEK : rom_table_vendor(report);
	report->complete = false;
	rom_report_note(report, ROM_DAMAGE, NULL, 0,
		"no partition table is left: these %zu partitions were found "
		"by their contents; names are guessed from "
		"them, and a partition may be larger than what it holds. A "
		"scatter file of this phone (--scatter) "
		"tells where all of them lie",
		s.rows);
	rom_table_finish(img, report, img->size);
	return ROM_OK;
}

const struct rom_table_reader rom_table_scan = { .name = "scan",
	.read = read_scan };
