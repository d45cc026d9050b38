/* SPDX-License-Identifier: MIT */
/*
 * f2fs_base.c - where block 0 is, when only nodes are left
 *
 * Nodes are found wherever the filesystem begins, but the block numbers in them
 * count from its start: with a wrong start every file has the bytes of others.
 * A footer names the block of the next node, which nearly always follows its
 * own; the first block of a directory names the directory itself.
 */
#include "f2fs_full_scan_priv.h"

enum {
	MAX_BASES = 32,
	MAX_NODES = 4096, /* that are asked */
	/* votes for a start other than that of the image: a node of another
	   log may be named by chance */
	LEAST_VOTES = 3,
};

/* A start, in blocks of the image, and what speaks for it. */
struct vote {
	uint32_t base, n;
};

struct election {
	struct f2fs_fs *f;
	struct vote votes[MAX_BASES]; /* the first is that for 0 */
	size_t n;
	uint32_t asked;
};

static void vote(struct election *e, uint32_t base)
{
	size_t i = 0;

	while (i < e->n && e->votes[i].base != base)
		i++;
	if (i == MAX_BASES)
		return;
	if (i == e->n)
		e->votes[e->n++] = (struct vote){ base, 0 };
	e->votes[i].n++;
}

/* Whether the first block of a directory, which begins with its "." entry, is
 * where it says, if the filesystem begins at base. */
static bool has_dot(
	struct f2fs_fs *f, uint32_t base, uint32_t address, uint32_t nid)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_f2fs_entry entry;
	struct rom_err err;

	return !rom_read(f->fs.meta, buf, sizeof(buf),
		       rom_f2fs_bytes((uint64_t)base + address), &err) &&
	       !rom_f2fs_entry_at(&v, &rom_f2fs_block_names, 0, &entry) &&
	       entry.ino == nid && entry.len == 1 && entry.name[0] == '.';
}

static void ask_directory(
	struct election *e, struct rom_buffer *node, uint32_t nid)
{
	struct rom_f2fs_inode in;
	uint32_t address;

	if (!rom_f2fs_inode_decode(node, e->f->sb.feature, &in) ||
		rom_file_type_of(in.mode) != ROM_FILE_DIRECTORY ||
		in.inlined & ROM_F2FS_INLINE_NAMES || !in.addresses)
		return;
	address = rom_le32(node, in.address_at);
	for (size_t i = 0; address && i < e->n; i++)
		e->votes[i].n += has_dot(e->f, e->votes[i].base, address, nid);
}

/* pass 0 collects starts, pass 1 asks the directories which one is right. */
static void ask_node(
	struct election *e, uint32_t nid, uint32_t block, unsigned pass)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_f2fs_footer footer;
	struct rom_err err;

	if (rom_read(e->f->fs.meta, buf, sizeof(buf), rom_f2fs_bytes(block),
		    &err))
		return;
	footer = rom_f2fs_footer_decode(&v);
	if (pass == 0 && footer.next && footer.next <= block + 1)
		vote(e, block + 1 - footer.next);
	else if (pass == 1 && footer.node_ofs == 0)
		ask_directory(e, &v, nid);
}

static void ask_nodes(struct election *e, unsigned pass)
{
	const struct f2fs_full_scan *d = e->f->full_scan;

	e->asked = 0;
	for (uint32_t i = 0; i < F2FS_PAGES; i++) {
		const struct f2fs_page *p = d->page[i];

		for (uint32_t k = 0; p && k < F2FS_PAGE; k++) {
			if (!p->node[k].block || e->asked == MAX_NODES)
				continue;
			e->asked++;
			ask_node(e, i * F2FS_PAGE + k, p->node[k].block, pass);
		}
	}
}

bool rom_f2fs_find_base(struct f2fs_fs *f, uint32_t *ret)
{
	struct election e = { .f = f, .n = 1 };
	const struct vote *best = e.votes;
	uint64_t second = 0; /* votes of the next best */

	ask_nodes(&e, 0);
	ask_nodes(&e, 1);
	for (size_t i = 1; i < e.n; i++) {
		if (e.votes[i].n > best->n) {
			second = best->n;
			best = &e.votes[i];
		} else {
			second = rom_max(second, e.votes[i].n);
		}
	}
	*ret = 0;
	/* a tie, or a few votes for another start, prove nothing */
	if (best->n == second || (best->base && best->n < LEAST_VOTES))
		return false;
	*ret = best->base;
	return true;
}
