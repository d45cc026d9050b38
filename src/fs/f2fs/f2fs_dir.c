/* SPDX-License-Identifier: MIT */
/*
 * f2fs_dir.c - the entries of a directory, block by block; a damaged block
 * loses only its own names
 *
 * Every name is stored with its hash, which exposes garbage. Cookies count
 * slots; those of names synced after the last checkpoint come after all of
 * them, and those of reattached files after these.
 */
#include <inttypes.h>

#include "f2fs_priv.h"

#define FSYNCED_COOKIE	  ((uint64_t)1 << 62)
#define REATTACHED_COOKIE ((uint64_t)1 << 63)

struct listing {
	struct f2fs_fs *f;
	const struct rom_inode *dir;
	uint32_t parent;
	uint64_t cookie;
	rom_dirent_fn fn;
	void *ctx;
	bool ended, has_rollforward;
};

static enum rom_file_type type_of(uint8_t t)
{
	static const enum rom_file_type types[] = { ROM_FILE_UNKNOWN,
		ROM_FILE_REGULAR, ROM_FILE_DIRECTORY, ROM_FILE_CHAR,
		ROM_FILE_BLOCK, ROM_FILE_FIFO, ROM_FILE_SOCKET,
		ROM_FILE_SYMLINK };

	return t < sizeof(types) / sizeof(*types) ? types[t] : ROM_FILE_UNKNOWN;
}

/* The two entries that every directory has. Another of that name is crafted,
 * but still names a file. */
static bool is_dot(const struct listing *l, const struct rom_f2fs_entry *e)
{
	if (e->len == 1 && e->name[0] == '.')
		return e->ino == l->dir->ino;
	return e->len == 2 && e->name[0] == '.' && e->name[1] == '.' &&
	       (e->ino == l->parent || type_of(e->type) == ROM_FILE_DIRECTORY);
}

static bool is_ascii(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] >= 0x80)
			return false;
	}
	return true;
}

static uint32_t folded_hash(const uint8_t *name, size_t len)
{
	uint8_t lower[255];

	for (size_t i = 0; i < len; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 0x20
							    : name[i];
	return rom_f2fs_hash(lower, len);
}

/* True when the hash matches the name, or cannot be verified: casefolded names
 * that are not ASCII, or are encrypted. */
static bool hash_good(const struct listing *l, const struct rom_f2fs_entry *e)
{
	bool folds = l->dir->flags & ROM_F2FS_FLAG_CASEFOLD;

	if (rom_f2fs_hash(e->name, e->len) == e->hash)
		return true;
	return folds && (l->dir->encrypted || !is_ascii(e->name, e->len) ||
				folded_hash(e->name, e->len) == e->hash);
}

/* True when the inode's own parent is this directory. */
static bool is_child(const struct listing *l, const struct rom_f2fs_entry *e)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_f2fs_inode in;
	struct rom_err err;

	return e->ino < l->f->nids &&
	       !rom_f2fs_inode(l->f, e->ino, &node, &in, &err) &&
	       in.parent == l->dir->ino;
}

/* True when roll-forward lists this name itself, perhaps for another inode. */
static bool has_rollforward(
	const struct listing *l, const struct rom_f2fs_entry *e)
{
	const struct f2fs_fsynced_name *n;

	if (!l->has_rollforward)
		return false;
	rom_each (n, &l->f->fsynced_names) {
		if (n->dir == l->dir->ino && n->len == e->len &&
			!memcmp(n->name, e->name, e->len))
			return true;
	}
	return false;
}

static void damage(struct listing *l, const struct rom_buffer *v, uint32_t slot,
	const char *what)
{
	rom_fs_damage(&l->f->fs, l->dir->ino, v->offset,
		"directory: entry %" PRIu32 " %s", slot, what);
}

static void pass_entry(struct listing *l, const struct rom_buffer *v,
	const struct rom_f2fs_entry *e, uint64_t first_slot)
{
	struct rom_dirent entry = {
		.name = (const char *)e->name,
		.len = e->len,
		.ino = e->ino,
		.type = type_of(e->type),
		.next = first_slot + e->next,
		.hash = e->hash,
	};

	if (is_dot(l, e) || has_rollforward(l, e))
		return;
	if (!hash_good(l, e)) {
		bool keep = is_child(l, e);

		damage(l, v, e->next,
			keep ? "has a hash that does not match its name"
			     : "is not a name; it is left out");
		if (!keep)
			return;
	}
	l->ended = !l->fn(l->ctx, &entry);
}

/* Lists the entries of a block or inline area, whose slots count from
 * first_slot on in this directory. */
static void list_table(struct listing *l, struct rom_buffer *v,
	const struct rom_f2fs_names *names, uint64_t first_slot)
{
	struct rom_f2fs_entry e = { 0 };
	enum rom_status st;

	while (!l->ended && (st = rom_f2fs_entry_at(v, names, e.next, &e)) !=
				    ROM_NO_MATCH) {
		if (first_slot + e.next <= l->cookie)
			continue;
		if (st)
			damage(l, v, e.next, "is invalid; it is left out");
		else
			pass_entry(l, v, &e, first_slot);
	}
}

static bool is_zero(const struct rom_buffer *v)
{
	return v->p[0] == 0 && !memcmp(v->p, v->p + 1, v->len - 1);
}

static void list_block(struct listing *l, uint64_t offset, uint64_t first_slot)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_err err = { 0 };

	if (first_slot + rom_f2fs_block_names.slots <= l->cookie)
		return;
	if (rom_read(l->f->fs.meta, buf, sizeof(buf), offset, &err))
		rom_fs_damage(&l->f->fs, l->dir->ino, offset, "directory: %s",
			err.text);
	else if (is_zero(&v))
		rom_fs_damage(&l->f->fs, l->dir->ino, offset,
			"directory: a block of names is empty");
	else
		list_table(l, &v, &rom_f2fs_block_names, first_slot);
}

/* The first slot of the block at a byte of the directory. */
static uint64_t slot_at(uint64_t offset)
{
	return offset / ROM_F2FS_BLOCK * rom_f2fs_block_names.slots;
}

static void list_blocks(struct listing *l, const struct rom_file_map *c)
{
	const struct rom_extent *e;

	rom_each (e, &c->extents) {
		if (e->kind == ROM_EXTENT_LOST && !l->ended &&
			slot_at(e->offset) >= l->cookie)
			rom_fs_damage(&l->f->fs, l->dir->ino, ROM_NO_OFFSET,
				"directory: %" PRIu64
				" bytes of names cannot be found",
				e->len);
		for (uint64_t off = 0;
			e->kind == ROM_EXTENT_DATA && off < e->len && !l->ended;
			off += ROM_F2FS_BLOCK)
			list_block(l, e->image + off, slot_at(e->offset + off));
	}
}

static void list_fsynced(struct listing *l)
{
	for (size_t i = 0; i < l->f->fsynced_names.n && !l->ended; i++) {
		const struct f2fs_fsynced_name *n = &l->f->fsynced_names.v[i];
		struct rom_dirent entry = {
			.name = (const char *)n->name,
			.len = n->len,
			.ino = n->ino,
			.type = n->type,
			.hash = n->hash,
			.next = FSYNCED_COOKIE + i + 1,
		};

		if (n->dir == l->dir->ino && entry.next > l->cookie)
			l->ended = !l->fn(l->ctx, &entry);
	}
}

static void report_reattached(struct listing *l, uint32_t ino, uint64_t next)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_f2fs_inode in;
	struct rom_err err;

	if (rom_f2fs_inode(l->f, ino, &node, &in, &err))
		return;
	struct rom_dirent entry = {
		.name = (const char *)in.name,
		.len = in.name_len,
		.ino = ino,
		.type = rom_file_type_of(in.mode),
		.hash = rom_f2fs_hash(in.name, in.name_len),
		.next = next,
	};
	l->ended = !l->fn(l->ctx, &entry);
}

static void list_reattached(struct listing *l)
{
	uint32_t dir = (uint32_t)l->dir->ino;
	size_t i = rom_f2fs_reattached_to(l->f, dir);

	if (l->cookie > REATTACHED_COOKIE)
		i = (size_t)rom_max(i, l->cookie - REATTACHED_COOKIE);
	for (; i < l->f->reattached.n && l->f->reattached.v[i].dir == dir &&
		!l->ended;
		i++)
		report_reattached(l, l->f->reattached.v[i].ino,
			REATTACHED_COOKIE + i + 1);
}

static enum rom_status list_stored(struct listing *l,
	const struct rom_f2fs_inode *in, struct f2fs_node *node,
	struct rom_err *err)
{
	struct rom_buffer inode = {
		.p = node->buf, .len = ROM_F2FS_BLOCK, .offset = node->offset
	};
	struct rom_buffer v =
		rom_buffer_part(&inode, in->inline_at, in->inline_len);
	struct rom_f2fs_names names = rom_f2fs_inline_names(in->inline_len);
	struct rom_file_map c = { 0 };
	struct rom_fs_quiet quiet;
	enum rom_status st;

	if (in->inlined & ROM_F2FS_INLINE_NAMES) {
		list_table(l, &v, &names, 0);
		return ROM_OK;
	}
	if (l->cookie)
		quiet = rom_fs_quiet_begin(&l->f->fs);
	st = rom_f2fs_file_map(&l->f->fs, l->dir, &c, err);
	if (l->cookie)
		rom_fs_quiet_end(&l->f->fs, &quiet);
	if (!st)
		list_blocks(l, &c);
	rom_file_map_done(&c);
	return st;
}

enum rom_status rom_f2fs_list(struct rom_fs *fs, uint64_t ino, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct f2fs_fs *f = rom_f2fs_of(fs);
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_inode dir;
	struct rom_f2fs_inode in;
	struct listing l = {
		.f = f, .dir = &dir, .cookie = cookie, .fn = fn, .ctx = ctx
	};
	enum rom_status st = rom_f2fs_get(fs, ino, &dir, err);
	bool synthetic = rom_f2fs_is_synthetic(f, ino);

	if (!st && !synthetic)
		st = rom_f2fs_inode(f, ino, &node, &in, err);
	if (st)
		return st;
	if (dir.type != ROM_FILE_DIRECTORY)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 " is not a directory", ino);
	l.parent = synthetic ? 0 : in.parent;
	l.has_rollforward =
		f->fsynced_dirs.n && rom_map_get(&f->fsynced_dirs, ino);
	if (cookie < FSYNCED_COOKIE && !synthetic)
		st = list_stored(&l, &in, &node, err);
	if (!l.ended && l.has_rollforward)
		list_fsynced(&l);
	if (!l.ended && f->reattached.n)
		list_reattached(&l);
	return st;
}
