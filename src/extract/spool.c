/* SPDX-License-Identifier: MIT */
/*
 * spool.c - deferred files in an unlinked spool file, so that memory does not
 * grow with the tree
 *
 * Only the same process reads it, so structures and pointers are written as
 * they are in memory. The data image is not written: a deferred file is read
 * from the image of the pass.
 */
#include <errno.h>
#include <stdlib.h>

#include "extract_priv.h"

/* The fixed part of a record; path, name, directory, extents, runs, evidence
 * and attributes follow it. */
struct record {
	uint64_t len; /* of what follows */
	struct rom_inode inode;
	const struct rom_origin *origin;
	enum rom_provenance provenance;
	enum rom_grade grade;
	enum rom_name_grade name_grade;
	/* how many of each */
	uint64_t path, name, directory, extents, runs, evidence, xattrs;
	uint64_t lost;
	bool suspect, has_mtime;
};

void rom_spool_close(struct spool *s)
{
	rom_out_file_close(s->file);
	*s = (struct spool){ 0 };
}

static enum rom_status open_spool(
	struct spool *s, struct rom_out *out, struct rom_err *err)
{
	char temp[ROM_TEMP_NAME];

	s->file = rom_out_temp(out, temp, err);
	if (!s->file)
		return ROM_E_WRITE;
	rom_out_drop(out, temp);
	s->stream = rom_out_file_stream(s->file);
	if (s->stream)
		return ROM_OK;
	rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
		"cannot write the list of files in .part/: %s",
		strerror(errno));
	rom_spool_close(s);
	return ROM_E_WRITE;
}

static void put(struct spool *s, const void *bytes, size_t len)
{
	if (len)
		fwrite(bytes, 1, len, s->stream);
	s->len += len;
}

/* Bytes between the members of a struct are whatever was in memory: they must
 * not get into a file. clang has no such builtin before version 20. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(s) __builtin_clear_padding(s)
#endif
#endif
#ifndef CLEAR_PADDING
#define CLEAR_PADDING(s) ((void)(s))
#endif

static void put_extents(struct spool *s, const rom_extents *extents)
{
	const struct rom_extent *e;

	rom_each (e, extents) {
		struct rom_extent own = *e;

		CLEAR_PADDING(&own);
		put(s, &own, sizeof(own));
	}
}

/* The length, then the bytes. */
static void put_counted(struct spool *s, const void *bytes, size_t len)
{
	uint64_t n = len;

	put(s, &n, sizeof(n));
	put(s, bytes, len);
}

static uint64_t counted_len(size_t len)
{
	return sizeof(uint64_t) + len;
}

static uint64_t lists_len(const struct rom_file *f)
{
	const struct rom_file_evidence *e;
	const struct rom_xattr *a;
	uint64_t len = 0;

	rom_each (e, &f->evidence)
		len += sizeof(*e) + counted_len(strlen(e->text));
	rom_each (a, &f->xattrs)
		len += counted_len(strlen(a->name)) + counted_len(a->len);
	return len;
}

static void put_lists(struct spool *s, const struct rom_file *f)
{
	const struct rom_file_evidence *e;
	const struct rom_xattr *a;

	rom_each (e, &f->evidence) {
		struct rom_file_evidence own = *e;

		CLEAR_PADDING(&own);
		put(s, &own, sizeof(own));
		put_counted(s, e->text, strlen(e->text));
	}
	rom_each (a, &f->xattrs) {
		put_counted(s, a->name, strlen(a->name));
		put_counted(s, a->value, a->len);
	}
}

static struct record record_of(const struct task *t, const char *directory)
{
	const struct rom_file *f = &t->file;
	struct record r = {
		.inode = f->inode,
		.origin = f->origin,
		.provenance = f->provenance,
		.grade = f->grade,
		.name_grade = f->name_grade,
		.path = f->path_len,
		.name = strlen(t->name),
		.directory = strlen(directory),
		.extents = f->map.extents.n,
		.runs = t->runs.n,
		.evidence = f->evidence.n,
		.xattrs = f->xattrs.n,
		.lost = f->map.lost,
		.suspect = f->map.suspect,
		.has_mtime = f->has_mtime,
	};

	r.len = r.path + r.name + r.directory +
		(r.extents + r.runs) * sizeof(struct rom_extent) + lists_len(f);
	return r;
}

enum rom_status rom_spool_put(struct spool *s, struct rom_out *out,
	const struct task *t, uint64_t *ret, struct rom_err *err)
{
	ROM_AUTO char *directory = rom_task_directory(t);
	struct record r = record_of(t, directory);
	enum rom_status st = s->file ? ROM_OK : open_spool(s, out, err);

	if (st)
		return st;
	*ret = s->len;
	CLEAR_PADDING(&r);
	put(s, &r, sizeof(r));
	put(s, t->file.path, r.path);
	put(s, t->name, r.name);
	put(s, directory, r.directory);
	put_extents(s, &t->file.map.extents);
	put_extents(s, &t->runs);
	put_lists(s, &t->file);
	return ROM_OK;
}

enum rom_status rom_spool_flush(struct spool *s, struct rom_err *err)
{
	errno = EIO; /* of a write before, whose reason is gone */
	if (s->stream && (fflush(s->stream) || ferror(s->stream)))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"cannot write the list of files in .part/: %s",
			strerror(errno));
	return ROM_OK;
}

/* ---- reading ------------------------------------------------------------- */

static bool read_at(
	const struct spool *s, void *ret, size_t len, uint64_t offset)
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

/* Copies len bytes, adds a NUL, and advances *p. The records are our own, so
 * their lengths need no check. */
static void *read_bytes(const uint8_t **p, uint64_t len)
{
	char *copy = rom_alloc(len + 1);

	memcpy(copy, *p, len);
	*p += len;
	return copy;
}

static void *read_counted(const uint8_t **p, size_t *ret_len)
{
	uint64_t len;

	memcpy(&len, *p, sizeof(len));
	*p += sizeof(len);
	*ret_len = len;
	return read_bytes(p, len);
}

static void read_extents(const uint8_t **p, uint64_t n, rom_extents *ret)
{
	ret->v = read_bytes(p, n * sizeof(*ret->v));
	ret->n = ret->cap = n;
}

static void read_lists(
	const struct record *r, const uint8_t *p, struct rom_file *ret)
{
	size_t ignored;

	for (uint64_t i = 0; i < r->evidence; i++) {
		struct rom_file_evidence *e = rom_vec_add(&ret->evidence);

		memcpy(e, p, sizeof(*e));
		p += sizeof(*e);
		e->text = read_counted(&p, &ignored);
	}
	for (uint64_t i = 0; i < r->xattrs; i++) {
		struct rom_xattr *a = rom_vec_add(&ret->xattrs);

		a->name = read_counted(&p, &ignored);
		a->value = read_counted(&p, &a->len);
	}
}

static void decode(const struct record *r, const uint8_t *p, struct task *ret)
{
	struct rom_file *f = &ret->file;
	ROM_AUTO char *name = NULL;

	*ret = (struct task){ .file = { .inode = r->inode,
				      .origin = r->origin,
				      .provenance = r->provenance,
				      .grade = r->grade,
				      .name_grade = r->name_grade,
				      .path_len = r->path,
				      .has_mtime = r->has_mtime } };
	f->path = read_bytes(&p, r->path);
	name = read_bytes(&p, r->name);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->directory = read_bytes(&p, r->directory);
	read_extents(&p, r->extents, &f->map.extents);
	read_extents(&p, r->runs, &ret->runs);
	f->map.lost = r->lost;
	f->map.suspect = r->suspect;
	read_lists(r, p, f);
}

enum rom_status rom_spool_get(const struct spool *s, uint64_t offset,
	struct task *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *rest = NULL;
	struct record r;
	bool good = read_at(s, &r, sizeof(r), offset);

	if (good) {
		rest = rom_alloc(r.len + 1);
		good = read_at(s, rest, r.len, offset + sizeof(r));
	}
	if (!good)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"cannot read back the list of files in .part/: %s",
			strerror(errno));
	decode(&r, rest, ret);
	return ROM_OK;
}
