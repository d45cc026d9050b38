/* SPDX-License-Identifier: MIT */
/*
 * crlf_job.c - undoes what the terminal of `adb shell` does to a dump
 *
 * It sends each 0A as 0D 0A; on Windows adb does so once more. An 0D 0A of the
 * phone itself becomes 0D 0D 0A. So each 0A has lost nothing and gained as many
 * 0D as the shortest run of 0D before any of them, and taking these away gives
 * the bytes of the phone back exactly, provided that all of the file came this
 * way. An 0A without an 0D before it proves that it did not.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"

enum { CHUNK = 1 << 20 };

/* How many 0D end the len bytes at p. */
static size_t trailing(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[len - 1 - n] == '\r')
		n++;
	return n;
}

struct walk {
	struct rom_image *img;
	struct rom_progress *progress;
	const char *what;
	uint8_t *buf; /* CHUNK */
	/* how many 0D end what was read so far */
	uint64_t run;
};

/* Calls fn for each chunk of the file. */
static enum rom_status each_chunk(struct walk *w,
	enum rom_status (*fn)(
		void *ctx, size_t len, uint64_t offset, struct rom_err *err),
	void *ctx, struct rom_err *err)
{
	struct rom_progress *p = w->progress;
	uint64_t size = w->img->size;
	enum rom_status st = ROM_OK;

	for (uint64_t offset = 0; offset < size && !st; offset += CHUNK) {
		size_t n = (size_t)rom_min(CHUNK, size - offset);

		st = rom_read(w->img, w->buf, n, offset, err);
		if (!st)
			st = fn(ctx, n, offset, err);
		if (p && p->tick)
			p->tick(p, offset + n, size, w->what);
		if (!st && p && p->stop)
			st = rom_fail(
				err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	}
	return st;
}

/* ---- first: is it so everywhere? ----------------------------------------- */

struct count {
	struct walk w;
	struct rom_crlf *ret;
};

static enum rom_status count_chunk(
	void *ctx, size_t len, uint64_t offset, struct rom_err *err)
{
	struct count *c = ctx;
	const uint8_t *buf = c->w.buf, *from = buf, *end = buf + len, *lf;

	while ((lf = memchr(from, '\n', (size_t)(end - from)))) {
		size_t before = (size_t)(lf - from), n = trailing(from, before);
		uint64_t run = n == before ? c->w.run + n : n;

		if (!run)
			return rom_fail(err, ROM_E_CORRUPT,
				offset + (uint64_t)(lf - buf),
				"%s: a byte 0A without an 0D before it: adb "
				"shell did not damage this file, or not all of "
				"it; nothing was written",
				c->w.img->name);
		c->ret->lines++;
		c->ret->per_line = c->ret->lines == 1
					   ? run
					   : rom_min(c->ret->per_line, run);
		c->w.run = 0;
		from = lf + 1;
	}
	len = (size_t)(end - from);
	c->w.run = trailing(from, len) == len ? c->w.run + len
					      : trailing(from, len);
	return ROM_OK;
}

static enum rom_status count_lines(struct rom_image *img, uint8_t *buf,
	struct rom_progress *progress, struct rom_crlf *ret,
	struct rom_err *err)
{
	struct count c = { { img, progress, "checking", buf, 0 }, ret };
	enum rom_status st = each_chunk(&c.w, count_chunk, &c, err);

	if (!st && !ret->lines)
		st = rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"%s: no byte 0A is in it, so adb shell changed "
			"nothing; nothing was written",
			img->name);
	ret->size = img->size - ret->lines * ret->per_line;
	return st;
}

/* ---- then: leave them out ------------------------------------------------ */

struct writer {
	struct walk w;
	uint64_t per_line;
	struct rom_target to;
	struct rom_copy_stats stats;
	uint8_t *out; /* CHUNK */
	size_t n;
	uint64_t offset; /* of out in the file */
};

static enum rom_status flush(struct writer *o, struct rom_err *err)
{
	enum rom_status st =
		rom_copy_write(&o->to, o->out, o->n, o->offset, &o->stats, err);

	o->offset += o->n;
	o->n = 0;
	return st;
}

static enum rom_status put(
	struct writer *o, const uint8_t *p, size_t len, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	while (len && !st) {
		size_t n = (size_t)rom_min(len, CHUNK - o->n);

		memcpy(o->out + o->n, p, n);
		o->n += n;
		p += n;
		len -= n;
		if (o->n == CHUNK)
			st = flush(o, err);
	}
	return st;
}

static enum rom_status put_returns(
	struct writer *o, uint64_t n, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	for (; n && !st; n--)
		st = put(o, (const uint8_t *)"\r", 1, err);
	return st;
}

/* Writes len bytes, but for the 0D at their end: what follows decides about
 * those. */
static enum rom_status put_held(
	struct writer *o, const uint8_t *p, size_t len, struct rom_err *err)
{
	size_t n = trailing(p, len);
	enum rom_status st = ROM_OK;

	if (n == len) {
		o->w.run += n;
		return ROM_OK;
	}
	st = put_returns(o, o->w.run, err);
	o->w.run = n;
	return st ? st : put(o, p, len - n, err);
}

static enum rom_status write_chunk(
	void *ctx, size_t len, uint64_t offset, struct rom_err *err)
{
	struct writer *o = ctx;
	const uint8_t *from = o->w.buf, *end = from + len, *lf;
	enum rom_status st = ROM_OK;

	(void)offset;
	while (!st && (lf = memchr(from, '\n', (size_t)(end - from)))) {
		st = put_held(o, from, (size_t)(lf - from), err);
		/* the file may have changed since it was checked */
		if (!st && o->w.run < o->per_line)
			st = rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
				"%s: changed while it was read",
				o->w.img->name);
		if (!st)
			st = put_returns(o, o->w.run - o->per_line, err);
		o->w.run = 0;
		if (!st)
			st = put(o, lf, 1, err);
		from = lf + 1;
	}
	return st ? st : put_held(o, from, (size_t)(end - from), err);
}

static enum rom_status write_repaired(struct rom_image *img, uint8_t *buf,
	struct rom_progress *progress, const struct rom_crlf *crlf,
	struct rom_target to, struct rom_err *err)
{
	struct writer o = { .w = { img, progress, "repairing", buf, 0 },
		.per_line = crlf->per_line,
		.to = to,
		.out = rom_alloc(CHUNK) };
	enum rom_status st = each_chunk(&o.w, write_chunk, &o, err);

	if (!st)
		st = put_returns(&o, o.w.run, err);
	if (!st)
		st = flush(&o, err);
	free(o.out);
	return st;
}

/* ---- the file ------------------------------------------------------------ */

static enum rom_status write_file(struct rom_image *img, uint8_t *buf,
	const char *path, struct rom_progress *progress,
	const struct rom_crlf *crlf, struct rom_err *err)
{
	ROM_AUTO char *temp = rom_format("%s.part", path);
	struct rom_out_file *out = rom_out_file_create(NULL, temp, 0666);
	enum rom_status st = ROM_OK;

	if (!out)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot create: %s", temp, strerror(errno));
	if (!rom_out_file_set_size(out, crlf->size))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", temp, strerror(errno));
	if (!st)
		st = write_repaired(img, buf, progress, crlf,
			(struct rom_target){ out, NULL, path }, err);
	if (!rom_out_file_sync(out) && !st)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", temp, strerror(errno));
	if (!rom_out_file_close(out) && !st)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", temp, strerror(errno));
	/* never replaces an existing file; some filesystems cannot rename so:
	 * there the check at the beginning has to do */
	if (!st && !rom_dir_rename_new(NULL, temp, NULL, path) &&
		(errno == EEXIST || !rom_dir_rename(NULL, temp, NULL, path)))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: %s", path,
			strerror(errno));
	if (st)
		rom_dir_unlink(NULL, temp);
	return st;
}

enum rom_status rom_job_repair_crlf(const char *in, const char *out,
	struct rom_progress *progress, struct rom_crlf *ret,
	struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	ROM_AUTO uint8_t *buf = NULL;
	enum rom_status st;

	*ret = (struct rom_crlf){ 0 };
	if (rom_path_exists(out))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: exists already; choose another name", out);
	st = rom_image_open_file(in, &img, err);
	if (st)
		return st;
	buf = rom_alloc(CHUNK);
	st = count_lines(img, buf, progress, ret, err);
	return st ? st : write_file(img, buf, out, progress, ret, err);
}
