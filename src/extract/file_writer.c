/* SPDX-License-Identifier: MIT */
/* file_writer.c - a file on its way into the output: its bytes come in order,
 * are hashed, and it is placed when whole */
#include <errno.h>
#include <inttypes.h>

#include "extract_priv.h"

enum {
	/* a larger file with under 1 % data is not hashed */
	SPARSE_FROM = 1 << 30
};

/* ---- sums ---------------------------------------------------------------- */

static bool worth_hashing(const struct task *t)
{
	const struct rom_extent *e;
	uint64_t data = 0;

	rom_each (e, &t->map.extents)
		data += e->kind == ROM_EXTENT_DATA ||
					e->kind == ROM_EXTENT_ENCODED
				? e->len
				: 0;
	return t->inode.size <= SPARSE_FROM || data >= t->inode.size / 100;
}

static void start_digests(
	struct file_writer *w, const struct rom_extract_options *o)
{
	w->hashing = o->hashes && (o->hash_holes || worth_hashing(w->t));
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

/* Into all digests but SHA-256, which is left to the caller in ret. False when
 * there is none of it. */
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

static void hash(const struct file_piece *pieces, size_t n)
{
	struct rom_digest_piece checksums[ROM_DIGEST_MANY];
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += hash_others(&pieces[i], &checksums[count]);
	rom_digest_update_many(checksums, count);
}

static void take_digests(struct file_writer *w)
{
	struct task *t = w->t;

	hash_zeros_to(w, t->inode.size);
	for (size_t i = 0; i < ROM_HASH_COUNT; i++) {
		if (!w->digest[i])
			continue;
		rom_digest_final(w->digest[i], t->sum[i]);
		t->has_sum[i] = true;
	}
	t->has_sha256 = t->has_sum[ROM_HASH_SHA256];
	memcpy(t->sha256, t->sum[ROM_HASH_SHA256], sizeof(t->sha256));
}

/* ---- its bytes ----------------------------------------------------------- */

void rom_file_begin(struct file_writer *w, struct task *t, struct rom_out *out,
	const struct rom_extract_options *options)
{
	*w = (struct file_writer){ .t = t, .out = out };
	w->file = rom_out_temp(out, w->temp, &t->err);
	if (!w->file) {
		t->status = ROM_E_WRITE;
		return;
	}
	start_digests(w, options);
	if (!rom_out_file_set_size(w->file, t->inode.size))
		t->status = rom_fail(&t->err,
			errno == EFBIG ? ROM_E_LIMIT : ROM_E_WRITE,
			ROM_NO_OFFSET,
			"cannot make a file of %" PRIu64 " bytes: %s",
			t->inode.size, strerror(errno));
	else if (t->map.bytes)
		rom_file_piece(w, t->map.bytes,
			(size_t)rom_min(t->map.len, t->inode.size), 0);
}

uint64_t rom_file_share(struct file_writer *w, struct rom_image *from,
	uint64_t image, const struct rom_extent *e)
{
	struct rom_range range = { image, e->len };
	uint64_t shared = rom_copy_share(
		from, range, w->file, e->offset, &w->t->copy.shared);

	w->shared_to = e->offset + shared;
	return w->hashing ? 0 : shared;
}

static void write_piece(const struct file_piece *p)
{
	struct file_writer *w = p->w;
	const struct rom_target to = { w->file, w->out->direct };
	struct task *t = w->t;
	size_t skip =
		p->offset < w->shared_to
			? (size_t)rom_min(w->shared_to - p->offset, p->len)
			: 0;

	if (!t->status)
		t->status = rom_copy_write(&to, p->data + skip, p->len - skip,
			p->offset + skip, &t->copy, &t->err);
}

void rom_file_pieces(const struct file_piece *pieces, size_t n)
{
	hash(pieces, n);
	for (size_t i = 0; i < n; i++)
		write_piece(&pieces[i]);
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
	struct rom_range *last =
		t->damage.n ? &t->damage.v[t->damage.n - 1] : NULL;

	if (last && last->offset + last->len == offset)
		last->len += len;
	else
		*rom_vec_add(&t->damage) = (struct rom_range){ offset, len };
}

/* ---- whole --------------------------------------------------------------- */

static void set_xattrs(struct rom_out_file *file, const struct task *t)
{
	const struct tree_xattr *x;

	rom_each (x, &t->xattrs) {
		if (!strncmp(x->name, "user.", 5) ||
			!strcmp(x->name, "security.selinux"))
			/* what is refused stands in the manifest */
			rom_out_file_set_xattr(file, x->name, x->value, x->len);
	}
}

/* A file of an earlier, interrupted run: the same size, time and content. */
static bool is_there_already(const struct task *t)
{
	uint8_t sum[ROM_SHA256_LEN];
	struct rom_err err;
	struct rom_entry there;
	struct rom_out_file *file = rom_out_file_open(t->dir->open, t->name);
	bool same;

	if (!file)
		return false;
	same = rom_out_file_stat(file, &there) &&
	       there.type == ROM_ENTRY_FILE && there.size == t->inode.size &&
	       there.mtime.sec == t->inode.mtime.sec &&
	       there.mtime.nsec == t->inode.mtime.nsec;
	if (same && t->has_sha256)
		same = !rom_checksum_file(file, sum, &err) &&
		       !memcmp(sum, t->sha256, sizeof(sum));
	rom_out_file_close(file);
	return same;
}

static void finish(struct file_writer *w)
{
	struct task *t = w->t;
	struct rom_meta meta = rom_tree_meta(&t->inode);

	take_digests(w);
	set_xattrs(w->file, t);
	rom_out_file_set_meta(w->file, &meta);
}

static void place(struct file_writer *w)
{
	struct task *t = w->t;

	if (!t->status && !(w->out->existed && is_there_already(t))) {
		t->status = rom_out_place(
			w->out, w->temp, t->dir->open, t->name, &t->err);
		if (!t->status)
			return;
	}
	rom_out_drop(w->out, w->temp);
}

void rom_file_end(struct file_writer *w)
{
	struct task *t = w->t;

	if (!w->file)
		return;
	if (!t->status)
		finish(w);
	for (size_t i = 0; i < ROM_HASH_COUNT; i++)
		rom_digest_free(w->digest[i]);
	if (!rom_out_file_close(w->file) && !t->status)
		t->status = rom_fail(&t->err, ROM_E_WRITE, ROM_NO_OFFSET,
			"cannot write: %s", strerror(errno));
	place(w);
}
