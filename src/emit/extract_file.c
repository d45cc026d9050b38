/* SPDX-License-Identifier: MIT */
/* extract_file.c - one file out of a filesystem: copied by extents, hashed on the way, placed when whole */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "extract_priv.h"

enum {
	CHUNK = 256
		<< 10, /* stays in the second-level cache between reading, hashing and writing */
	RETRY = 4096,
	SPARSE_FROM = 1 << 30, /* a larger file with under 1 % data is not hashed */
};

struct copier {
	struct task *t;
	struct rom_image *data;
	struct rom_digest *digest[ROM_HASH_COUNT]; /* NULL: not wanted */
	bool hashing;
	int fd;
	uint8_t *buf;
	uint64_t hashed; /* bytes of the file that the digest has seen */
};

static void hash(struct copier *c, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < ROM_HASH_COUNT; i++) {
		if (c->digest[i])
			rom_digest_update(c->digest[i], data, len);
	}
}

static void hash_zeros_to(struct copier *c, uint64_t at)
{
	for (size_t i = 0; i < ROM_HASH_COUNT && at > c->hashed; i++) {
		if (c->digest[i])
			rom_digest_zeros(c->digest[i], at - c->hashed);
	}
	c->hashed = rom_max(c->hashed, at);
}

static void add_damage(struct task *t, uint64_t at, uint64_t len)
{
	struct rom_range *last = t->damage.n ? &t->damage.v[t->damage.n - 1] : NULL;

	if (last && last->at + last->len == at)
		last->len += len;
	else
		*rom_vec_add(&t->damage) = (struct rom_range){ at, len };
}

/* Reads a piece of an extent into c->buf; what cannot be read is zeros, and damage of the file. */
static void read_piece(
	struct copier *c, struct rom_image *from, uint64_t image, uint64_t at, size_t len)
{
	struct rom_err err;

	if (!rom_read(from, c->buf, len, image, &err))
		return;
	for (size_t off = 0; off < len; off += RETRY) {
		size_t n = (size_t)rom_min(RETRY, len - off);

		if (!rom_read(from, c->buf + off, n, image + off, &err))
			continue;
		memset(c->buf + off, 0, n);
		add_damage(c->t, at + off, n);
	}
}

static enum rom_status copy_extent(
	struct copier *c, struct rom_image *from, uint64_t image, const struct rom_extent *e)
{
	struct rom_range range = { image, e->len };
	uint64_t shared = rom_copy_share(from, range, c->fd, e->at, &c->t->copy.shared);
	enum rom_status st = ROM_OK;

	hash_zeros_to(c, e->at);
	for (uint64_t off = c->hashing ? 0 : shared; off < e->len && !st;) {
		size_t n = (size_t)rom_min(CHUNK, e->len - off);
		/* what was shared is there already: only its hash is wanted */
		size_t skip = off < shared ? (size_t)rom_min(shared - off, n) : 0;

		read_piece(c, from, image + off, e->at + off, n);
		hash(c, c->buf, n);
		st = rom_copy_write(c->fd, c->buf + skip, n - skip, e->at + off + skip, &c->t->copy,
			&c->t->err);
		off += n;
	}
	c->hashed = e->at + e->len;
	return st;
}

static enum rom_status copy_content(struct copier *c)
{
	const struct rom_content *content = &c->t->content;
	enum rom_status st = ROM_OK;

	if (content->bytes) {
		size_t n = (size_t)rom_min(content->len, c->t->inode.size);

		hash(c, content->bytes, n);
		c->hashed = n;
		st = rom_copy_write(c->fd, content->bytes, n, 0, &c->t->copy, &c->t->err);
	}
	for (size_t i = 0; i < content->extents.n && !st; i++) {
		const struct rom_extent *e = &content->extents.v[i];

		uint64_t at;
		struct rom_image *from = rom_content_source(content, c->data, e, &at);

		if (from)
			st = copy_extent(c, from, at, e);
		else if (e->kind == ROM_EXTENT_LOST)
			add_damage(c->t, e->at, e->len);
	}
	hash_zeros_to(c, c->t->inode.size);
	return st;
}

static bool worth_hashing(const struct task *t)
{
	const struct rom_extent *e;
	uint64_t data = 0;

	rom_each (e, &t->content.extents)
		data += e->kind == ROM_EXTENT_DATA || e->kind == ROM_EXTENT_PACKED ? e->len : 0;
	return t->inode.size <= SPARSE_FROM || data >= t->inode.size / 100;
}

static void set_xattrs(int fd, const struct task *t)
{
	const struct tree_xattr *x;

	rom_each (x, &t->xattrs) {
		if (!strncmp(x->name, "user.", 5) || !strcmp(x->name, "security.selinux"))
			fsetxattr(fd, x->name, x->value, x->len,
				0); /* what is refused stands in the manifest */
	}
}

/* A file of an earlier, interrupted run: the same size, time and content. */
static bool is_there_already(const struct task *t)
{
	uint8_t sum[ROM_SHA256_LEN];
	struct rom_err err;
	struct stat st;
	int fd = openat(t->dir->fd, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool same;

	if (fd < 0)
		return false;
	same = !fstat(fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size == t->inode.size &&
	       st.st_mtim.tv_sec == t->inode.mtime.sec && st.st_mtim.tv_nsec == t->inode.mtime.nsec;
	if (same && t->has_sha256)
		same = !rom_sums_file(fd, sum, &err) && !memcmp(sum, t->sha256, sizeof(sum));
	close(fd);
	return same;
}

static void take_sums(struct copier *c)
{
	struct task *t = c->t;

	for (size_t i = 0; i < ROM_HASH_COUNT; i++) {
		if (!c->digest[i])
			continue;
		rom_digest_final(c->digest[i], t->sum[i]);
		t->has_sum[i] = true;
	}
	t->has_sha256 = t->has_sum[ROM_HASH_SHA256];
	memcpy(t->sha256, t->sum[ROM_HASH_SHA256], sizeof(t->sha256));
}

static enum rom_status write_temp(struct copier *c)
{
	struct task *t = c->t;
	enum rom_status st;

	if (ftruncate(c->fd, (off_t)t->inode.size))
		return rom_fail(&t->err, errno == EFBIG ? ROM_E_LIMIT : ROM_E_WRITE, ROM_NOWHERE,
			"cannot make a file of %" PRIu64 " bytes: %s", t->inode.size,
			strerror(errno));
	st = copy_content(c);
	if (st)
		return st;
	take_sums(c);
	set_xattrs(c->fd, t);
	rom_tree_set_meta(c->fd, &t->inode);
	return ROM_OK;
}

static void start_sums(struct copier *c, const struct rom_extract_options *o)
{
	c->hashing = o->hashes && (o->hash_holes || worth_hashing(c->t));
	for (size_t i = 0; i < ROM_HASH_COUNT; i++)
		c->digest[i] =
			c->hashing && o->hashes >> i & 1 ? rom_digest_new((enum rom_hash)i) : NULL;
}

void rom_extract_file(struct task *t, struct rom_image *data, struct rom_out *out,
	const struct rom_extract_options *options)
{
	struct copier c = { .t = t, .data = data };
	char temp[32];

	c.fd = rom_out_temp(out, temp, &t->err);
	if (c.fd < 0) {
		t->status = ROM_E_WRITE;
		return;
	}
	c.buf = rom_alloc(CHUNK);
	start_sums(&c, options);
	t->status = write_temp(&c);
	for (size_t i = 0; i < ROM_HASH_COUNT; i++)
		rom_digest_free(c.digest[i]);
	free(c.buf);
	if (close(c.fd) && !t->status)
		t->status = rom_fail(
			&t->err, ROM_E_WRITE, ROM_NOWHERE, "cannot write: %s", strerror(errno));
	if (!t->status && !(out->existed && is_there_already(t))) {
		t->status = rom_out_place(out, temp, t->dir->fd, t->name, &t->err);
		if (!t->status)
			return;
	}
	rom_out_drop(out, temp);
}
