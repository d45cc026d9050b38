/* SPDX-License-Identifier: MIT */
/* file_writer.c - writes a file to the output: hashes its bytes, which arrive
 * in order, and moves it to its directory when it is complete */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "extract_priv.h"

enum {
	/* a larger file with under 1 % data is not hashed */
	SPARSE_FROM = 1 << 30
};

/* ---- digests ------------------------------------------------------------- */

static bool is_worth_hashing(const struct task *t)
{
	uint64_t size = t->file.inode.size;

	return size <= SPARSE_FROM ||
	       rom_file_map_stored(&t->file.map) >= size / 100;
}

static void start_digests(struct file_writer *w)
{
	const struct rom_extract_options *o = &w->x->options;

	w->hashing = o->hashes && (o->hash_holes || is_worth_hashing(w->t));
	for (size_t i = 0; i < ROM_HASH_COUNT; i++)
		w->digest[i] = w->hashing && o->hashes >> i & 1
				       ? rom_digest_new((enum rom_hash)i)
				       : NULL;
}

static void hash_zeros_to(struct file_writer *w, uint64_t offset)
{
	for (size_t i = 0; i < ROM_HASH_COUNT && offset > w->hashed; i++) {
		if (!w->digest[i])
			continue;
		rom_digest_zeros(w->digest[i], offset - w->hashed);
		w->t->copy.hashed += offset - w->hashed;
	}
	w->hashed = rom_max(w->hashed, offset);
}

/* Updates all digests but SHA-256, which is returned in ret so that the caller
 * can update those of several files together. False: it is not wanted. */
static bool hash_others(
	const struct file_piece *p, struct rom_digest_piece *ret)
{
	struct file_writer *w = p->w;

	hash_zeros_to(w, p->offset);
	for (size_t i = 0; i < ROM_HASH_COUNT; i++) {
		if (!w->digest[i])
			continue;
		if (i != ROM_HASH_SHA256)
			rom_digest_update(w->digest[i], p->data, p->len);
		w->t->copy.hashed += p->len;
	}
	w->hashed += p->len;
	*ret = (struct rom_digest_piece){ w->digest[ROM_HASH_SHA256], p->data,
		p->len };
	return ret->digest != NULL;
}

static void hash_pieces(const struct file_piece *pieces, size_t n)
{
	struct rom_digest_piece digests[ROM_DIGEST_MANY];
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += hash_others(&pieces[i], &digests[count]);
	rom_digest_update_many(digests, count);
}

static void finish_digests(struct file_writer *w)
{
	struct task *t = w->t;

	hash_zeros_to(w, t->file.inode.size);
	for (size_t i = 0; i < ROM_HASH_COUNT; i++) {
		if (!w->digest[i])
			continue;
		rom_digest_final(w->digest[i], t->digest[i]);
		t->has_digest[i] = true;
	}
}

/* ---- first bytes, for the logs and the content --------------------------- */

static void start_head(struct file_writer *w)
{
	w->head_size =
		(size_t)rom_min(rom_max(w->x->head_wanted, ROM_MEDIA_HEAD),
			w->t->file.inode.size);
	if (w->head_size)
		w->t->head = rom_alloc(w->head_size);
}

/* The buffer begins as zeros, which is right for holes: they have no pieces. */
static void keep_head(const struct file_piece *p)
{
	struct file_writer *w = p->w;

	if (p->offset < w->head_size)
		memcpy(w->t->head + p->offset, p->data,
			(size_t)rom_min(p->len, w->head_size - p->offset));
}

/* ---- content ------------------------------------------------------------- */

/* A file that is too large for the disk is left out; anything else ends the
 * run, whose message has to name the file. */
static void fail_size(struct task *t)
{
	const bool left_out = errno == EFBIG;

	t->status = rom_fail(&t->err, left_out ? ROM_E_LIMIT : ROM_E_WRITE,
		ROM_NO_OFFSET,
		"%s%scannot create a file of %" PRIu64 " bytes: %s",
		left_out ? "" : t->file.path, left_out ? "" : ": ",
		t->file.inode.size,
		left_out ? "this disk (FAT?) takes no files of that size; "
			   "choose one with exFAT, NTFS or ext4"
			 : strerror(errno));
}

void rom_file_begin(
	struct file_writer *w, struct task *t, struct rom_extractor *x)
{
	const struct rom_file_map *map = &t->file.map;

	*w = (struct file_writer){ .t = t, .x = x };
	w->file = rom_out_temp(x->target.out, w->temp, &t->err);
	if (!w->file) {
		t->status = ROM_E_WRITE;
		return;
	}
	start_digests(w);
	start_head(w);
	if (!rom_out_file_set_size(w->file, t->file.inode.size))
		fail_size(t);
	else if (map->bytes)
		rom_file_piece(w, map->bytes,
			(size_t)rom_min(map->len, t->file.inode.size), 0);
}

/* Reads the first bytes of a file whose extent is shared. False: its bytes have
 * to pass by, since they may all be alike. */
static bool read_head(struct file_writer *w, struct rom_image *from,
	uint64_t image, const struct rom_extent *e)
{
	struct file_piece p = { .w = w, .offset = e->offset };
	struct rom_err err;

	if (e->offset >= w->head_size)
		return w->content.mixed;
	p.data = w->t->head + e->offset;
	p.len = (size_t)rom_min(w->head_size - e->offset, e->len);
	if (rom_read(from, w->t->head + e->offset, p.len, image, &err))
		return false;
	rom_content_watch(&w->content, &p);
	return w->content.mixed;
}

uint64_t rom_file_share(struct file_writer *w, struct rom_image *from,
	uint64_t image, const struct rom_extent *e)
{
	struct rom_range range = { image, e->len };
	uint64_t shared = rom_copy_share(
		from, range, w->file, e->offset, &w->t->copy.shared);

	w->shared_to = e->offset + shared;
	/* shared bytes have to be read all the same when they are hashed */
	return w->hashing || !read_head(w, from, image, e) ? 0 : shared;
}

static void write_piece(const struct file_piece *p)
{
	struct file_writer *w = p->w;
	const struct rom_target to = { w->file, w->x->target.out->direct,
		w->t->file.path };
	struct task *t = w->t;
	size_t skip = 0;

	if (p->offset < w->shared_to)
		skip = (size_t)rom_min(w->shared_to - p->offset, p->len);
	if (!t->status)
		t->status = rom_copy_write(&to, p->data + skip, p->len - skip,
			p->offset + skip, &t->copy, &t->err);
}

void rom_file_pieces(const struct file_piece *pieces, size_t n)
{
	hash_pieces(pieces, n);
	for (size_t i = 0; i < n; i++) {
		keep_head(&pieces[i]);
		rom_content_watch(&pieces[i].w->content, &pieces[i]);
		write_piece(&pieces[i]);
	}
}

void rom_file_piece(
	struct file_writer *w, const uint8_t *data, size_t len, uint64_t offset)
{
	const struct file_piece piece = { w, data, len, offset };

	rom_file_pieces(&piece, 1);
}

void rom_file_lost(struct file_writer *w, uint64_t offset, uint64_t len)
{
	struct task *t = w->t;
	struct rom_range *last = t->lost.n ? &t->lost.v[t->lost.n - 1] : NULL;

	if (last && last->offset + last->len == offset)
		last->len += len;
	else
		*rom_vec_add(&t->lost) = (struct rom_range){ offset, len };
}

/* ---- finishing ----------------------------------------------------------- */

static void set_xattrs(struct file_writer *w, const char *prefix)
{
	const struct rom_xattr *a;

	rom_each (a, &w->t->file.xattrs) {
		if (!strncmp(a->name, prefix, strlen(prefix)))
			rom_out_file_set_xattr(
				w->file, a->name, a->value, a->len);
	}
}

/* Failures are ignored: the manifest has all attributes. Others than these need
 * privileges or would act on this machine. */
static void set_meta(struct file_writer *w)
{
	const struct rom_file *f = &w->t->file;
	struct rom_meta meta = rom_meta_of(w->x, &f->inode);

	/* while the file may be written */
	set_xattrs(w, "user.");
	set_xattrs(w, "security.selinux");
	meta.has_times = f->has_mtime;
	rom_out_file_set_meta(w->file, &meta);
	/* a change of the owner would remove them */
	if (w->x->options.preserve_setid)
		set_xattrs(w, "security.capability");
}

struct placing {
	struct file_writer *w;
	struct rom_dir *dir;
};

static const struct rom_progress *progress_of(const struct placing *p)
{
	return p->w->x->options.progress;
}

/* Compares by digest or, without one, byte by byte. */
static bool has_content(const struct placing *p, struct rom_out_file *existing)
{
	const struct task *t = p->w->t;
	struct rom_out *out = p->w->x->target.out;
	uint8_t digest[ROM_SHA256_LEN];
	struct rom_out_file *own;
	struct rom_dir *part;
	const char *base;
	struct rom_err err;
	bool same;

	if (t->has_digest[ROM_HASH_SHA256])
		return !rom_checksum_file(
			       existing, progress_of(p), digest, &err) &&
		       !memcmp(digest, t->digest[ROM_HASH_SHA256],
			       sizeof(digest));
	part = rom_out_staged(out, p->w->temp, &base);
	own = rom_out_file_open(part, base);
	same = own && rom_out_same_content(own, existing, progress_of(p));
	rom_out_file_close(own);
	return same;
}

/* Recognises what an earlier run wrote by its content. Times do not count: the
 * disk may be unable to store them, and not every file has one. */
static bool is_from_earlier_run(const struct placing *p, const char *name)
{
	struct rom_out_file *existing = rom_out_file_open(p->dir, name);
	struct rom_entry entry;
	bool same = existing && rom_out_file_stat(existing, &entry) &&
		    entry.type == ROM_ENTRY_FILE &&
		    entry.size == p->w->t->file.inode.size &&
		    has_content(p, existing);

	rom_out_file_close(existing);
	return same;
}

static enum rom_taken take_file(void *ctx, const char *name, bool earlier)
{
	const struct placing *p = ctx;
	const char *base;
	struct rom_dir *part =
		rom_out_staged(p->w->x->target.out, p->w->temp, &base);

	if (earlier && is_from_earlier_run(p, name))
		return ROM_TAKEN_SAME;
	/* a comparison that was stopped says nothing: no second name for it */
	if (earlier && rom_is_stopped(progress_of(p))) {
		errno = ECANCELED;
		return ROM_TAKEN_ERROR;
	}
	if (rom_dir_rename_new(part, base, p->dir, name))
		return ROM_TAKEN_FREE;
	return errno == EEXIST ? ROM_TAKEN_OTHER : ROM_TAKEN_ERROR;
}

/* Renames the file to its final name. False: the temporary file is still there
 * and has to be removed. */
static bool place_file(struct file_writer *w)
{
	struct task *t = w->t;
	ROM_AUTO char *directory = rom_task_directory(t);
	ROM_AUTO_DIR struct rom_dir *dir =
		rom_dir_cache_open(&w->x->dirs, directory, &t->err);
	struct placing p = { w, dir };
	enum rom_taken taken;

	if (!dir) {
		t->status = ROM_E_WRITE;
		return false;
	}
	taken = rom_naming_find(
		w->x->naming, directory, t->name, take_file, &p);
	if (taken == ROM_TAKEN_ERROR || taken == ROM_TAKEN_OTHER)
		t->status = rom_fail(&t->err,
			rom_is_stopped(progress_of(&p)) ? ROM_E_STOPPED
							: ROM_E_WRITE,
			ROM_NO_OFFSET, "%s: cannot create this file: %s",
			t->name,
			taken == ROM_TAKEN_OTHER ? "no free name"
						 : strerror(errno));
	return taken == ROM_TAKEN_FREE;
}

void rom_file_end(struct file_writer *w)
{
	struct task *t = w->t;

	if (!w->file)
		return;
	if (!t->status) {
		finish_digests(w);
		rom_content_decide(w);
		set_meta(w);
	}
	for (size_t i = 0; i < ROM_HASH_COUNT; i++)
		rom_digest_free(w->digest[i]);
	t->head_len = w->head_size;
	if (!rom_out_file_close(w->file) && !t->status)
		t->status = rom_fail(&t->err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", t->name, strerror(errno));
	if (t->status || !place_file(w))
		rom_out_drop(w->x->target.out, w->temp);
}
