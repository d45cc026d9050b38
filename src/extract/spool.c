/* SPDX-License-Identifier: MIT */
/*
 * spool.c - tasks put aside in a file without a name, so that memory does
 * not grow with the tree
 *
 * What is written here is read by the same run only: structures go in as they
 * lie in memory.
 */
#include <errno.h>
#include <stdlib.h>

#include "extract_priv.h"

/* In front of each: path, name, folder, extents, bytes, attributes follow. */
struct record {
	uint64_t len; /* of what follows */
	struct rom_inode inode;
	/* how many of each */
	uint64_t path, name, folder, extents, bytes, xattrs;
	uint64_t lost;
	bool suspect, inlined;
};

enum rom_status rom_spool_open(
	struct task_spool *s, struct rom_out *out, struct rom_err *err)
{
	char temp[ROM_TEMP_NAME];
	struct rom_out_file *file = rom_out_temp(out, temp, err);

	*s = (struct task_spool){ .file = file };
	if (!file)
		return ROM_E_WRITE;
	s->stream = rom_out_file_stream(file);
	rom_out_drop(out, temp);
	if (!s->stream)
		return rom_fail(
			err, ROM_E_WRITE, ROM_NO_OFFSET, "%s", strerror(errno));
	return ROM_OK;
}

void rom_spool_close(struct task_spool *s)
{
	rom_out_file_close(s->file);
	*s = (struct task_spool){ 0 };
}

static void put(struct task_spool *s, const void *bytes, size_t len)
{
	if (len)
		fwrite(bytes, 1, len, s->stream);
	s->len += len;
}

static void put_xattr(struct task_spool *s, const struct tree_xattr *a)
{
	uint64_t name = strlen(a->name) + 1, len = a->len;

	put(s, &name, sizeof(name));
	put(s, &len, sizeof(len));
	put(s, a->name, name);
	put(s, a->value, len);
}

static uint64_t xattrs_len(const struct task *t)
{
	const struct tree_xattr *a;
	uint64_t len = 0;

	rom_each (a, &t->xattrs)
		len += 2 * sizeof(uint64_t) + strlen(a->name) + 1 + a->len;
	return len;
}

uint64_t rom_spool_put(struct task_spool *s, const struct task *t)
{
	const struct rom_file_map *c = &t->map;
	struct record r = {
		.inode = t->inode,
		.path = t->path_len,
		.name = strlen(t->name),
		.folder = strlen(t->dir->path),
		.extents = c->extents.n,
		.bytes = c->bytes ? c->len : 0,
		.xattrs = t->xattrs.n,
		.lost = c->lost,
		.suspect = c->suspect,
		.inlined = c->bytes,
	};
	const struct tree_xattr *a;
	uint64_t offset = s->len;

	r.len = r.path + r.name + r.folder +
		r.extents * sizeof(struct rom_extent) + r.bytes + xattrs_len(t);
	put(s, &r, sizeof(r));
	put(s, t->path, r.path);
	put(s, t->name, r.name);
	put(s, t->dir->path, r.folder);
	put(s, c->extents.v, r.extents * sizeof(struct rom_extent));
	put(s, c->bytes, r.bytes);
	rom_each (a, &t->xattrs)
		put_xattr(s, a);
	return offset;
}

enum rom_status rom_spool_seal(struct task_spool *s, struct rom_err *err)
{
	if (fflush(s->stream) || ferror(s->stream))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"cannot write the list of files in .part/: %s",
			strerror(errno));
	return ROM_OK;
}

/* ---- back again ---------------------------------------------------------- */

static bool get(
	const struct task_spool *s, void *ret, size_t len, uint64_t offset)
{
	for (size_t done = 0; done < len;) {
		int64_t n = rom_out_file_read(
			s->file, (char *)ret + done, len - done, offset + done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* Takes len bytes off the front, with a NUL behind them. */
static void *take(const uint8_t **p, uint64_t len)
{
	char *copy = rom_alloc(len + 1);

	memcpy(copy, *p, len);
	*p += len;
	return copy;
}

static void take_xattr(const uint8_t **p, struct tree_xattr *ret)
{
	uint64_t len[2];

	memcpy(len, *p, sizeof(len));
	*p += sizeof(len);
	ret->name = take(p, len[0]);
	ret->value = take(p, len[1]);
	ret->len = len[1];
}

static void unpack(const struct record *r, const uint8_t *p, struct task *ret,
	char **ret_folder)
{
	struct rom_file_map *c = &ret->map;
	ROM_AUTO char *name = NULL;

	*ret = (struct task){ .inode = r->inode, .path_len = r->path };
	ret->path = take(&p, r->path);
	name = take(&p, r->name);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	*ret_folder = take(&p, r->folder);
	c->extents.v = take(&p, r->extents * sizeof(struct rom_extent));
	c->extents.n = c->extents.cap = r->extents;
	if (r->inlined)
		c->bytes = take(&p, r->bytes);
	c->len = r->bytes;
	c->lost = r->lost;
	c->suspect = r->suspect;
	for (uint64_t i = 0; i < r->xattrs; i++)
		take_xattr(&p, rom_vec_add(&ret->xattrs));
}

enum rom_status rom_spool_get(const struct task_spool *s, uint64_t offset,
	struct task *ret, char **ret_folder, struct rom_err *err)
{
	ROM_AUTO uint8_t *rest = NULL;
	struct record r;
	bool good = get(s, &r, sizeof(r), offset);

	if (good) {
		rest = rom_alloc(r.len + 1);
		good = get(s, rest, r.len, offset + sizeof(r));
	}
	if (!good)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"cannot read back the list of files in .part/: %s",
			strerror(errno));
	unpack(&r, rest, ret, ret_folder);
	return ROM_OK;
}
