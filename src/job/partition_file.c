/* SPDX-License-Identifier: MIT */
/* partition_file.c - writes one partition to its file */
#include <errno.h>
#include <stdlib.h>

#include "split_priv.h"

#define DIFFERS                                                                \
	"%s/%s: exists already and differs from the dump; it is not "          \
	"overwritten: move it away or choose another folder with -o"

enum rom_status rom_split_find_file(
	struct cut *c, const char *prefix, struct rom_err *err)
{
	ROM_AUTO char *shown = rom_format("%s%s", prefix, c->name);
	struct rom_entry existing;

	if (!c->out->existed || !rom_dir_stat(c->dir, c->name, &existing))
		return ROM_OK;
	if (existing.type != ROM_ENTRY_FILE ||
		existing.size != c->sink.range.len)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, DIFFERS,
			c->out->path, shown);
	c->kept = true;
	return ROM_OK;
}

static enum rom_status begin_file(struct cut *c, struct rom_err *err)
{
	struct rom_out_file *file = rom_out_temp(c->out, c->temp, err);
	struct rom_target to = { file, c->out->direct, c->name };

	if (!file)
		return ROM_E_WRITE;
	c->open = true;
	c->left = c->sink.range.len;
	return rom_file_sink_init(
		&c->file, c->img, c->sink.range, ROM_WORKER_WRITE, to, err);
}

static enum rom_status end_file(struct cut *c, struct rom_err *err)
{
	c->open = false;
	if (!rom_out_file_close(c->file.to.file))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", c->name, strerror(errno));
	return rom_out_place(c->out, c->temp, c->dir, c->name, err);
}

/* Copies what follows the last whole block of the file: only whole blocks can
 * be shared. */
static enum rom_status copy_tail(struct cut *c, struct rom_err *err)
{
	uint8_t tail[ROM_SHARE_UNIT];
	uint64_t offset = c->file.shared, len = c->sink.range.len - offset;
	enum rom_status st = rom_read(
		c->img, tail, (size_t)len, c->sink.range.offset + offset, err);

	return st ? st
		  : rom_copy_write(&c->file.to, tail, (size_t)len, offset,
			    &c->file.stats, err);
}

enum rom_status rom_split_share(
	struct cut *c, bool *ret_done, struct rom_err *err)
{
	enum rom_status st;

	st = begin_file(c, err);
	if (st)
		return st;
	*ret_done = c->sink.range.len - c->file.shared < ROM_SHARE_UNIT &&
		    !copy_tail(c, err);
	if (*ret_done)
		return end_file(c, err);
	rom_out_file_close(c->file.to.file);
	c->open = false;
	rom_out_drop(c->out, c->temp);
	return ROM_OK;
}

/* Opens the file for the first block that arrives, from whichever thread. */
static enum rom_status open_once(struct cut *c, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	pthread_mutex_lock(&c->lock);
	if (!c->open)
		st = begin_file(c, err);
	pthread_mutex_unlock(&c->lock);
	return st;
}

/* Closes and places the file after its last byte. Blocks come in any order, so
 * only their number tells when that is. */
static enum rom_status count_written(
	struct cut *c, uint64_t len, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	pthread_mutex_lock(&c->lock);
	c->left -= len;
	if (!c->left)
		st = end_file(c, err);
	pthread_mutex_unlock(&c->lock);
	return st;
}

enum rom_status rom_split_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err)
{
	struct cut *c = (struct cut *)self;
	enum rom_status st;

	if (c->kept)
		return ROM_OK;
	st = open_once(c, err);
	if (!st)
		st = c->file.sink.feed(&c->file.sink, block, err);
	return st ? st : count_written(c, block->len, err);
}

static enum rom_status compare_kept(struct cut *c,
	const struct rom_progress *progress, const uint8_t *digest,
	struct rom_err *err)
{
	uint8_t existing[ROM_SHA256_LEN];
	struct rom_out_file *file = rom_out_file_open(c->dir, c->name);
	enum rom_status st;

	if (!file)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot read: %s", c->name, strerror(errno));
	st = rom_checksum_file(file, progress, existing, err);
	rom_out_file_close(file);
	if (!st && memcmp(existing, digest, sizeof(existing)))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, DIFFERS,
			c->out->path, c->p->file);
	return st;
}

enum rom_status rom_split_finish(struct cut *c,
	const struct rom_split_order *order, bool hash, struct rom_err *err)
{
	uint8_t *file_digest = c->p->file_sha256;
	enum rom_status st = ROM_OK;

	if (c->stats) {
		rom_stats_done(c->stats);
		c->p->stats = c->stats->stats;
		c->p->has_stats = c->stats->stats.bytes > 0;
	}
	free(c->p->file);
	c->p->file = rom_format("%s%s", order->prefix, c->name);
	c->p->file_size = c->sink.range.len;
	if (!c->hash.digest)
		return ROM_OK;
	order->stats->copy.hashed +=
		c->all.len + (c->own_hash ? c->sink.range.len : 0);
	rom_hash_sink_done(&c->hash, c->p->sha256);
	c->p->has_sha256 = hash;
	memcpy(file_digest, c->p->sha256, ROM_SHA256_LEN);
	c->p->has_file_sha256 = hash;
	if (c->own_hash)
		rom_hash_sink_done(&c->file_hash, file_digest);
	if (c->kept)
		st = compare_kept(
			c, order->options->progress, file_digest, err);
	if (!st && order->checksums)
		rom_checksum_line(
			order->checksums, file_digest, order->prefix, c->name);
	return st;
}

void rom_split_done(struct cut *c)
{
	if (c->open)
		rom_out_file_close(c->file.to.file);
	rom_digest_free(c->hash.digest);
	rom_digest_free(c->file_hash.digest);
	free(c->stats);
}
