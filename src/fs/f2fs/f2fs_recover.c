/* SPDX-License-Identifier: MIT */
/*
 * f2fs_recover.c - files that were synced after the last checkpoint (the
 * kernel's roll-forward, fs/f2fs/recovery.c)
 *
 * A sync writes the nodes of a file to the segment of warm nodes, each naming
 * the block of the next, and the last with a mark. The chain begins where the
 * checkpoint would have written next and ends at a node of another version.
 * The first pass finds the inodes with a mark, and the last mark of each. In
 * the second pass all nodes up to that mark replace the earlier ones, and
 * marked names are added to their directories. Nothing is written: the result
 * is a map from node_ofs to block. Unlike the kernel, which would stop at a
 * damaged node, the chain is resumed behind it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum {
	WARM = 1,
	MAX_CHAIN = 1 << 18, /* nodes: 1 GiB of them */
	/* blocks to search for the rest of a broken chain */
	MAX_SKIP = 64,
	MAX_NAMES = 20000,
	/* names compared in the search for duplicates */
	MAX_COMPARED = 50000000,
};

/* An inode of the chain. */
struct synced {
	uint32_t last, last_name; /* blocks of the last marked nodes */
	bool is_new, is_done;
};

struct chain {
	struct f2fs_fs *f;
	struct rom_map synced;
	uint64_t examined;
	uint32_t breaks; /* damaged nodes that were skipped */
};

struct link {
	uint32_t block;
	uint8_t *buf;
	struct rom_buffer v;
	struct rom_f2fs_footer footer;
};

static bool is_recoverable(
	const struct f2fs_fs *f, const struct rom_f2fs_footer *footer)
{
	uint64_t version = f->cp.version;

	if (f->cp.flags & ROM_F2FS_CP_NOCRC_RECOVERY)
		return (uint32_t)footer->version == (uint32_t)version;
	if (f->cp.flags & ROM_F2FS_CP_CRC_RECOVERY)
		version |= (uint64_t)f->cp.crc << 32;
	return footer->version == version;
}

static bool read_link(struct f2fs_fs *f, uint32_t block, struct link *ret)
{
	struct rom_buffer v;
	struct rom_err err;

	if (!rom_f2fs_is_main(f, block) ||
		rom_f2fs_block(f, &f->node_cache, block, &v, &err))
		return false;
	ret->block = block;
	memcpy(ret->buf, v.p, v.len);
	ret->v = (struct rom_buffer){
		.p = ret->buf, .len = v.len, .offset = v.offset
	};
	ret->footer = rom_f2fs_footer_decode(&ret->v);
	return is_recoverable(f, &ret->footer);
}

/* Reads the node at block or, when that one is damaged, the next one in its
 * segment. Returns false at the end of the chain. */
static bool find_link(struct chain *c, uint32_t block, struct link *ret)
{
	uint32_t left = ROM_F2FS_SEGMENT -
			(block - c->f->sb.main_block) % ROM_F2FS_SEGMENT;

	if (read_link(c->f, block, ret))
		return true;
	if (c->f->cp.flags & ROM_F2FS_CP_UNMOUNTED ||
		!rom_f2fs_is_main(c->f, block))
		return false;
	for (uint32_t i = 1; i < left && i < MAX_SKIP; i++) {
		if (!read_link(c->f, block + i, ret))
			continue;
		c->breaks++;
		return true;
	}
	return false;
}

/* Calls fn for each node of the chain; ends when the chain forms a cycle. */
static void walk_chain(
	struct chain *c, void (*fn)(struct chain *c, struct link *l))
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct link l = { .buf = buf };
	const struct rom_f2fs_checkpoint *cp = &c->f->cp;
	uint64_t first = (uint64_t)c->f->sb.main_block +
			 (uint64_t)cp->node_segment[WARM] * ROM_F2FS_SEGMENT +
			 cp->node_offset[WARM];
	uint32_t block = (uint32_t)rom_min(first, UINT32_MAX), seen = 0;

	for (uint32_t steps = 0; steps < MAX_CHAIN && find_link(c, block, &l);
		steps++) {
		fn(c, &l);
		block = l.footer.next;
		if (block == seen)
			return;
		/* Brent's algorithm: remembers a block at distances that
		 * double, so every cycle is detected */
		if ((steps & (steps + 1)) == 0)
			seen = block;
	}
}

/* ---- first pass ---------------------------------------------------------- */

static struct synced *add_synced(struct chain *c, const struct link *l)
{
	ROM_AUTO uint8_t *before = rom_alloc(ROM_F2FS_BLOCK);
	bool is_inode =
		l->footer.node_ofs == 0 && l->footer.nid == l->footer.ino;
	bool is_new = !rom_f2fs_before(c->f, l->footer.ino, before);
	struct synced *s;

	/* a new inode counts only with a name: the marked node with it may come
	 * later in the chain */
	if (l->footer.ino < 3 || l->footer.ino >= c->f->nids ||
		(is_new && !(is_inode && l->footer.names)))
		return NULL;
	s = rom_alloc(sizeof(*s));
	s->is_new = is_new;
	rom_map_put(&c->synced, l->footer.ino, s);
	return s;
}

static void note_mark(struct chain *c, struct link *l)
{
	struct synced *s;

	if (!l->footer.fsynced)
		return;
	s = rom_map_get(&c->synced, l->footer.ino);
	if (!s)
		s = add_synced(c, l);
	if (!s)
		return;
	s->last = l->block;
	if (l->footer.node_ofs == 0 && l->footer.names)
		s->last_name = l->block;
}

/* ---- second pass: sizes -------------------------------------------------- */

static struct f2fs_rollforward *fsynced_of(struct f2fs_fs *f, uint32_t ino)
{
	struct f2fs_rollforward *n = rom_map_get(&f->rollforward, ino);

	if (!n) {
		n = rom_alloc(sizeof(*n));
		rom_map_put(&f->rollforward, ino, n);
	}
	return n;
}

/* Reads the block numbers that this node had before the link; zeros when it is
 * new. */
static void addresses_before(
	struct f2fs_fs *f, const struct link *l, uint8_t *buf)
{
	struct f2fs_want want = { l->footer.nid, l->footer.ino,
		l->footer.node_ofs };
	struct f2fs_node node = { .buf = buf };
	struct rom_f2fs_nat nat[2];
	struct rom_err err;

	memset(buf, 0, ROM_F2FS_BLOCK);
	if (!rom_f2fs_fsynced_block(f, want.ino, want.node_ofs) &&
		!(rom_f2fs_nat_find(f, want.nid, nat) &&
			nat[0].ino == want.ino && nat[0].block))
		return;
	if (rom_f2fs_node(f, &want, &node, &err))
		memset(buf, 0, ROM_F2FS_BLOCK);
}

/* Extends the size to cover new blocks past it, unless the inode has KEEP_SIZE
 * (preallocated past the end). */
static void extend_size(struct chain *c, struct link *l,
	const struct rom_f2fs_inode *in, size_t offset, uint32_t n)
{
	ROM_AUTO uint8_t *buf = rom_alloc(ROM_F2FS_BLOCK);
	struct f2fs_rollforward *rollforward = fsynced_of(c->f, l->footer.ino);
	struct rom_buffer before = { .p = buf, .len = ROM_F2FS_BLOCK };
	uint64_t first = rom_f2fs_first_block(in, l->footer.node_ofs),
		 size = in->size;

	if (in->advise & ROM_F2FS_ADVISE_KEEP_SIZE)
		return;
	addresses_before(c->f, l, buf);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t address = rom_le32(&l->v, offset + 4 * (size_t)i);

		if (address != ROM_F2FS_HOLE &&
			address != rom_le32(&before, offset + 4 * (size_t)i))
			size = rom_max(size,
				rom_f2fs_bytes(first + i + 1) *
					(size <= rom_f2fs_bytes(first + i)));
	}
	if (size != in->size) {
		rollforward->has_size = true;
		rollforward->size = size;
	}
}

/* ---- second pass: names -------------------------------------------------- */

struct same_name {
	uint64_t *examined;
	const struct f2fs_fsynced_name *name;
	uint64_t ino; /* of the entry that has the name now; 0: none */
};

static bool match_entry(void *ctx, const struct rom_dirent *e)
{
	struct same_name *s = ctx;

	++*s->examined;
	if (e->len != s->name->len || memcmp(e->name, s->name->name, e->len))
		return *s->examined < MAX_COMPARED;
	s->ino = e->ino;
	return false;
}

static void drop_name(
	struct f2fs_fs *f, uint32_t dir, const struct f2fs_fsynced_name *name)
{
	for (size_t i = 0; i < f->fsynced_names.n; i++) {
		struct f2fs_fsynced_name *n = &f->fsynced_names.v[i];

		if (n->dir == dir && n->len == name->len &&
			!memcmp(n->name, name->name, n->len)) {
			*n = f->fsynced_names.v[--f->fsynced_names.n];
			return;
		}
	}
}

static uint32_t hash_of(
	const struct rom_inode *dir, const struct rom_f2fs_inode *in)
{
	struct rom_buffer v = { .p = in->name, .len = sizeof(in->name) };

	/* casefolded and encrypted: cannot be computed without the key, so it
	 * is stored behind the name */
	if (dir->encrypted && dir->flags & ROM_F2FS_FLAG_CASEFOLD)
		return rom_le32(&v, in->name_len);
	return rom_f2fs_hash(in->name, in->name_len);
}

bool rom_f2fs_fsynced_name(struct f2fs_fs *f, uint32_t ino,
	const struct rom_f2fs_inode *in, uint64_t *examined)
{
	struct f2fs_fsynced_name name = {
		.dir = in->parent, .ino = ino, .len = in->name_len
	};
	struct same_name same = { .examined = examined, .name = &name };
	struct rom_inode dir;
	struct rom_err err = { 0 };

	if (!in->name_len || f->fsynced_names.n >= MAX_NAMES ||
		*examined >= MAX_COMPARED ||
		rom_f2fs_get(&f->fs, in->parent, &dir, &err) ||
		dir.type != ROM_FILE_DIRECTORY) {
		rom_fs_damage(&f->fs, ino, ROM_NO_OFFSET,
			"synced after the last checkpoint, but its folder "
			"(inode %" PRIu32 ") cannot be found",
			in->parent);
		return false;
	}
	memcpy(name.name, in->name, in->name_len);
	name.type = rom_file_type_of(in->mode);
	name.hash = hash_of(&dir, in);
	rom_f2fs_list(&f->fs, in->parent, 0, match_entry, &same, &err);
	if (same.ino == ino)
		return true;
	if (same.ino) { /* the name was taken over from another inode */
		drop_name(f, in->parent, &name);
		fsynced_of(f, (uint32_t)same.ino)->unlinked = true;
	}
	*rom_vec_add(&f->fsynced_names) = name;
	rom_map_put(&f->fsynced_dirs, in->parent, f);
	f->fs.journal.names++;
	return true;
}

/* ---- second pass --------------------------------------------------------- */

static bool decode_valid(
	struct f2fs_fs *f, struct link *l, struct rom_f2fs_inode *ret)
{
	return l->footer.nid == l->footer.ino &&
	       rom_f2fs_inode_decode(&l->v, f->sb.feature, ret) &&
	       rom_f2fs_inode_crc_good(f, &l->v, ret);
}

static void set_rollforward(struct f2fs_fs *f, const struct link *l)
{
	rom_map_set(&f->fsynced_nodes,
		(uint64_t)l->footer.ino << 32 | l->footer.node_ofs,
		(void *)(uintptr_t)l->block);
	f->fs.journal.blocks++;
}

static void apply_inode(struct chain *c, struct link *l, struct synced *s)
{
	struct f2fs_rollforward *rollforward = fsynced_of(c->f, l->footer.ino);
	struct rom_f2fs_inode in;

	if (!decode_valid(c->f, l, &in)) {
		c->f->fs.journal.bad++;
		return;
	}
	rollforward->is_new = s->is_new;
	rollforward->has_size = false;
	if (!(in.inlined & (ROM_F2FS_INLINE_DATA | ROM_F2FS_INLINE_NAMES)) &&
		in.mode >> 12 == 8)
		extend_size(c, l, &in, in.address_at, in.addresses);
	set_rollforward(c->f, l);
	if (s->last_name == l->block)
		rom_f2fs_fsynced_name(c->f, l->footer.ino, &in, &c->examined);
}

static void apply_direct(struct chain *c, struct link *l)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_f2fs_inode in;
	struct rom_err err;

	if (rom_f2fs_inode(c->f, l->footer.ino, &node, &in, &err) ||
		rom_f2fs_first_block(&in, l->footer.node_ofs) == UINT64_MAX)
		return;
	extend_size(c, l, &in, 0, rom_f2fs_per_node(&in));
	set_rollforward(c->f, l);
}

static void apply_node(struct chain *c, struct link *l)
{
	struct synced *s = rom_map_get(&c->synced, l->footer.ino);

	if (!s || s->is_done)
		return;
	if (l->footer.node_ofs == 0)
		apply_inode(c, l, s);
	else if (l->footer.node_ofs == ROM_F2FS_XATTR_NODE)
		set_rollforward(c->f, l);
	else
		apply_direct(c, l);
	s->is_done = s->last == l->block; /* what comes after was not synced */
	c->f->fs.journal.files += s->is_done;
}

void rom_f2fs_recover(struct f2fs_fs *f)
{
	struct chain c = { .f = f };
	struct rom_fs_journal *j = &f->fs.journal;

	walk_chain(&c, note_mark);
	if (c.breaks)
		rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
			"nodes synced after the last checkpoint are damaged in "
			"%" PRIu32 " places: some files are shown in an older "
			"state, or with parts missing",
			c.breaks);
	j->dirty = c.synced.n > 0;
	if (j->dirty)
		walk_chain(&c, apply_node);
	j->replayed = j->files > 0;
	rom_map_done(&c.synced, free);
}
