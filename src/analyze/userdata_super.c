/* SPDX-License-Identifier: MIT */
/* userdata_super.c - the superblock of userdata, or a backup of it */
#include "analyze_priv.h"

static uint64_t claim_number(const struct rom_claim *c, const char *key)
{
	const struct rom_fact *fact = rom_facts_get(&c->detail, key);

	return fact ? fact->number : 0;
}

/* The first claim of a filesystem that userdata may have. A boot sector counts
 * only where there is no other: one left over from an earlier formatting
 * may survive in front of ext4's superblock. */
static const struct rom_claim *find_super(const struct rom_partition *p)
{
	const struct rom_claim *c, *boot_sector = NULL;

	rom_each (c, &p->claims) {
		if (c->usage != ROM_USAGE_FILESYSTEM ||
			!(c->traits & ROM_TRAIT_USERDATA))
			continue;
		if (!(c->traits & ROM_TRAIT_BOOT_SECTOR))
			return c;
		boot_sector = boot_sector ? boot_sector : c;
	}
	return boot_sector;
}

void rom_analyze_super(
	const struct rom_partition *p, struct rom_userdata_facts *f)
{
	const struct rom_claim *c = find_super(p);

	if (!c)
		return;
	f->filesystem = c->format;
	f->magic = c->magic;
	f->magic_offset = c->magic_offset;
	f->encrypt_feature = claim_number(c, "encrypt_feature");
}

static bool has_magic(
	struct rom_image *part, uint64_t offset, const void *magic, size_t len)
{
	uint8_t buf[8];
	struct rom_err err;

	return !rom_read(part, buf, len, offset, &err) &&
	       !memcmp(buf, magic, len);
}

/* True when a valid superblock that names that group lies at offset. */
static bool is_backup(struct rom_image *part, uint64_t offset, uint32_t group)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_ext4_super sb;
	struct rom_err err;

	return !rom_read(part, buf, sizeof(buf), offset, &err) &&
	       !rom_ext4_super_decode(&v, &sb, &err) && sb.group == group;
}

static uint64_t find_backup(struct rom_image *part)
{
	/* sparse_super: powers of 3, 5 and 7 */
	static const uint32_t groups[] = { 1, 3, 5, 7, 9, 25, 27, 49 };

	for (uint64_t bs = 1024; bs <= 65536; bs *= 2) {
		for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
			/* a group has as many blocks as its bitmap, one block,
			 * has bits, and 65528 at most; with blocks of 1 KiB the
			 * first group begins at block 1 (s_first_data_block) */
			uint64_t offset = (groups[i] * rom_min(8 * bs, 65528) +
						  (bs == 1024)) *
					  bs;

			if (is_backup(part, offset, groups[i]))
				return offset;
		}
	}
	return 0;
}

void rom_analyze_backup_super(
	struct rom_image *part, struct rom_userdata_facts *f)
{
	f->magic_only =
		has_magic(part, ROM_EXT4_SUPER_AT + 0x38, "\x53\xef", 2) ||
		has_magic(part, ROM_F2FS_SUPER_AT, "\x10\x20\xf5\xf2", 4);
	f->super_offset = ROM_EXT4_SUPER_AT;
	f->backup_offset = find_backup(part);
}
