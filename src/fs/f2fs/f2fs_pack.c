/* SPDX-License-Identifier: MIT */
/*
 * f2fs_pack.c - selects the valid checkpoint; its NAT journal and orphans
 *
 * There are two packs, a segment each. One is valid when its first and last
 * block have good checksums and the same version; of two valid ones the newer
 * is used.
 * Orphans, blocks between bitmaps and summaries:
 *   0x000 1020 * 4 inodes   0xff8 4 how many in this block
 */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum { ORPHANS = 1020, ORPHANS_AT = 0xff8, HAS_ORPHANS = 2 };

static bool crc_good(struct rom_buffer *v, uint32_t crc)
{
	struct rom_buffer first, rest;

	rom_f2fs_checkpoint_covered(v, &first, &rest);
	return rom_crc32_from(
		       rom_crc32_from(ROM_F2FS_CRC_SEED, first.p, first.len),
		       rest.p, rest.len) == crc;
}

static bool read_end(struct rom_image *img, const struct rom_f2fs_super *sb,
	uint64_t block, struct rom_f2fs_checkpoint *ret)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = rom_f2fs_bytes(block)
	};
	struct rom_err err;

	return !rom_read(img, buf, sizeof(buf), v.offset, &err) &&
	       !rom_f2fs_checkpoint_decode(&v, sb, ret) &&
	       crc_good(&v, ret->crc);
}

bool rom_f2fs_pack_at(struct rom_image *img, const struct rom_f2fs_super *sb,
	uint32_t block, struct rom_f2fs_checkpoint *ret, uint8_t *pack)
{
	struct rom_f2fs_checkpoint last;
	struct rom_err err;

	return read_end(img, sb, block, ret) &&
	       read_end(img, sb, (uint64_t)block + ret->blocks - 1, &last) &&
	       last.version == ret->version &&
	       (!pack || !rom_read(img, pack,
				 (size_t)(1 + sb->cp_payload) * ROM_F2FS_BLOCK,
				 rom_f2fs_bytes(block), &err));
}

/* ---- orphans: inodes that were deleted while open ------------------------ */

static void add_orphans(struct rom_fs_journal *j, struct rom_buffer *v)
{
	uint32_t n = (uint32_t)rom_min(rom_le32(v, ORPHANS_AT), ORPHANS);

	for (uint32_t i = 0; i < n; i++, j->orphans++) {
		if (j->orphans <
			sizeof(j->first_orphans) / sizeof(*j->first_orphans))
			j->first_orphans[j->orphans] = rom_le32(v, 4 * i);
	}
}

static void read_orphans(struct f2fs_fs *f)
{
	if (!(f->cp.flags & HAS_ORPHANS))
		return;
	for (uint32_t i = 1 + f->sb.cp_payload; i < f->cp.summaries; i++) {
		uint8_t buf[ROM_F2FS_BLOCK];
		struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
		struct rom_err err;

		if (!rom_read(f->fs.meta, buf, sizeof(buf),
			    rom_f2fs_bytes((uint64_t)f->pack_block + i), &err))
			add_orphans(&f->fs.journal, &v);
	}
}

/* ---- the NAT journal ----------------------------------------------------- */

/* The first summary block: that of hot data, which holds the NAT journal, or
 * with COMPACT the one that holds all summaries. */
static uint32_t first_summary(const struct f2fs_fs *f)
{
	bool all = f->cp.flags & (ROM_F2FS_CP_UNMOUNTED | ROM_F2FS_CP_FASTBOOT);

	if (f->cp.flags & ROM_F2FS_CP_COMPACT)
		return f->pack_block + f->cp.summaries;
	return f->pack_block + f->cp.blocks - (all ? 7 : 4);
}

uint64_t rom_f2fs_sit_journal(const struct f2fs_fs *f, size_t *ret_offset)
{
	enum { COLD = 2 };
	bool compact = f->cp.flags & ROM_F2FS_CP_COMPACT;

	*ret_offset = compact ? ROM_F2FS_JOURNAL_LEN : ROM_F2FS_JOURNAL_AT;
	return (uint64_t)first_summary(f) + (compact ? 0 : COLD);
}

/* Distinguishes a summary from a block that was wiped: when its segment has
 * blocks in use, the summary names their owners. */
static bool is_summary(struct f2fs_fs *f, struct rom_buffer *v)
{
	size_t offset = f->cp.flags & ROM_F2FS_CP_COMPACT
				? 2 * ROM_F2FS_JOURNAL_LEN
				: 0;

	return !f->cp.data_offset[0] || rom_le32(v, offset) != 0;
}

static bool decode_journal(struct f2fs_fs *f, struct rom_buffer *v)
{
	size_t offset =
		f->cp.flags & ROM_F2FS_CP_COMPACT ? 0 : ROM_F2FS_JOURNAL_AT;
	struct rom_buffer journal =
		rom_buffer_part(v, offset, ROM_F2FS_JOURNAL_LEN);
	uint32_t n = rom_le16(&journal, 0);

	if (n > ROM_F2FS_NAT_JOURNAL || (n == 0 && !is_summary(f, v)))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct f2fs_journal_entry *e = &f->journal[i];

		e->nat = rom_f2fs_nat_journal(&journal, i, &e->nid);
		if (e->nid >= f->nids || e->nat.ino >= f->nids)
			return false;
	}
	f->journal_len = n;
	return true;
}

static void read_journal(struct f2fs_fs *f)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	uint32_t block = first_summary(f);
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = rom_f2fs_bytes(block)
	};
	struct rom_err err;

	if (!rom_read(f->fs.meta, buf, sizeof(buf), v.offset, &err) &&
		decode_journal(f, &v))
		return;
	rom_fs_damage(&f->fs, 0, v.offset,
		"the summaries of the checkpoint are damaged: up to %d "
		"recently "
		"changed files are shown in an older state, or are missing",
		ROM_F2FS_NAT_JOURNAL);
}

/* ---- selection ----------------------------------------------------------- */

static bool has_first_block(struct f2fs_fs *f, uint32_t block)
{
	struct rom_f2fs_checkpoint cp;

	return read_end(f->fs.meta, &f->sb, block, &cp);
}

void rom_f2fs_pack_open(struct f2fs_fs *f)
{
	size_t len = (size_t)(1 + f->sb.cp_payload) * ROM_F2FS_BLOCK;
	uint32_t start[2] = { f->sb.cp_block,
		f->sb.cp_block + ROM_F2FS_SEGMENT };
	struct rom_f2fs_checkpoint cp[2];
	uint8_t *pack[2] = { rom_alloc(len), rom_alloc(len) };
	bool valid[2];
	unsigned best;

	for (unsigned i = 0; i < 2; i++) {
		valid[i] = rom_f2fs_pack_at(
			f->fs.meta, &f->sb, start[i], &cp[i], pack[i]);
		/* a pack without its last block was being written at power
		 * loss, which is not damage */
		if (!valid[i] && !has_first_block(f, start[i]))
			rom_fs_damage(&f->fs, 0, rom_f2fs_bytes(start[i]),
				"checkpoint %u is damaged: %s", i + 1,
				"if it was the newer one, files are shown as "
				"they were before it");
	}
	best = valid[1] &&
	       (!valid[0] || (int64_t)(cp[1].version - cp[0].version) > 0);
	free(pack[!best]);
	if (!valid[best]) {
		free(pack[best]);
		rom_fs_damage(&f->fs, 0, rom_f2fs_bytes(start[0]),
			"no checkpoint is whole: of each file the newest inode "
			"is shown that can be found");
		return;
	}
	f->pack = pack[best];
	f->cp = cp[best];
	f->pack_block = start[best];
	read_journal(f);
	read_orphans(f);
}
