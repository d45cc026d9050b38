/* SPDX-License-Identifier: MIT */
/* outcome.c - records what became of a file: in counts, notes and logs */
#include <inttypes.h>
#include <stdlib.h>

#include "extract_priv.h"

enum { MAX_DAMAGE_NOTES = 200 };

char *rom_task_directory(const struct task *t)
{
	if (t->directory)
		return rom_strdup(t->directory);
	return t->dir ? rom_tree_dir_path(t->dir) : rom_strdup("");
}

char *rom_task_path(const struct task *t)
{
	if (!*t->name)
		return NULL;
	if (!t->directory)
		return t->dir ? rom_tree_dir_join(t->dir, t->name)
			      : rom_strdup(t->name);
	return *t->directory ? rom_format("%s/%s", t->directory, t->name)
			     : rom_strdup(t->name);
}

void rom_task_done(struct rom_extractor *x, struct task *t)
{
	rom_file_done(&t->file);
	rom_vec_done(&t->runs);
	rom_vec_done(&t->lost);
	rom_tree_dir_unref(x, t->dir);
	free(t->directory);
	free(t->link_to);
	free(t->head);
	*t = (struct task){ 0 };
}

/* ---- counts and notes ---------------------------------------------------- */

static int compare_times(struct rom_time a, struct rom_time b)
{
	if (a.sec != b.sec)
		return a.sec < b.sec ? -1 : 1;
	return a.nsec < b.nsec ? -1 : a.nsec > b.nsec;
}

/* Of two of the same time the one whose path comes first. */
static void keep_newest(struct rom_extractor *x, const struct task *t)
{
	struct rom_extract_result *r = &x->result;
	struct rom_time mtime = t->file.inode.mtime;
	char *path = rom_task_path(t);
	int order = r->newest ? compare_times(mtime, x->newest_time) : 1;

	if (order < 0 || (order == 0 && strcmp(path, r->newest) > 0)) {
		free(path);
		return;
	}
	free(r->newest);
	r->newest = path;
	r->newest_time = mtime.sec;
	x->newest_time = mtime;
}

static bool is_damaged(const struct rom_file_content *c)
{
	return c->has_state && c->state != ROM_MEDIA_WHOLE;
}

static void count_content(struct rom_extractor *x, const struct task *t)
{
	const struct rom_file_content *c = &t->content;
	struct rom_content_counts n = {
		.pictures = c->type == ROM_MEDIA_PICTURE,
		.videos = c->type == ROM_MEDIA_VIDEO,
		.empty = c->content == ROM_CONTENT_EMPTY,
		.zeros = c->content == ROM_CONTENT_ZEROS,
		.ones = c->content == ROM_CONTENT_ONES,
		.ecryptfs = c->content == ROM_CONTENT_ECRYPTFS,
		.from_chain = t->file.inode.length != ROM_LENGTH_STATED,
	};

	n.damaged_pictures = n.pictures && is_damaged(c);
	n.damaged_videos = n.videos && is_damaged(c);
	rom_content_counts_add(
		&rom_extract_count(x, t->file.origin)->contents, &n);
	if ((n.pictures || n.videos) && t->file.has_mtime)
		keep_newest(x, t);
}

static void note_file(
	struct rom_extractor *x, const struct task *t, const char *text)
{
	ROM_AUTO char *path = rom_printable(t->file.path, t->file.path_len);
	const struct rom_origin *origin = t->file.origin;

	if (rom_extract_origin(x, origin)->notes++ < MAX_DAMAGE_NOTES)
		rom_report_note(x->options.report, ROM_DAMAGE,
			origin->partition, ROM_NO_OFFSET, "%s: %s", path, text);
}

/* Metadata that fails its checksum may point to bytes of another file: the
 * whole content is suspect. */
static void mark_suspect(struct rom_extractor *x, struct task *t)
{
	if (!t->file.inode.suspect && !t->file.map.suspect)
		return;
	note_file(x, t,
		"metadata that leads to its content has a wrong checksum, "
		"differs from its copy, or is missing: the content may be "
		"wrong");
	t->lost.n = 0;
	if (t->file.inode.size)
		*rom_vec_add(&t->lost) =
			(struct rom_range){ 0, t->file.inode.size };
}

/* The bytes are the file's own, but where it ends was found from them. */
static void note_length(struct rom_extractor *x, const struct task *t)
{
	const struct rom_inode *in = &t->file.inode;
	char text[160];

	if (in->length == ROM_LENGTH_STATED)
		return;
	snprintf(text, sizeof(text),
		"its directory entry states %" PRIu64
		" bytes, its clusters hold %" PRIu64 " up to %s: length from "
		"chain",
		in->stated_size, in->size,
		in->length == ROM_LENGTH_BY_FORMAT ? "the end of its format"
						   : "the zeros at their end");
	note_file(x, t, text);
}

static void count_damage(struct rom_extractor *x, struct task *t)
{
	struct rom_extract_counts *n = rom_extract_count(x, t->file.origin);
	/* a hole is not stored, so it cannot be lost */
	uint64_t stored = rom_file_map_stored(&t->file.map) + t->file.map.lost;
	uint64_t lost = 0;
	struct rom_range *d;
	char text[100];

	rom_each (d, &t->lost)
		lost += d->len;
	mark_suspect(x, t);
	n->damaged += t->lost.n > 0;
	if (!lost)
		return;
	snprintf(text, sizeof(text),
		"%" PRIu64 " of %" PRIu64
		" bytes could not be read and are zeros",
		lost, t->file.inode.size);
	note_file(x, t, text);
	n->unreadable += lost >= stored;
}

static void add_copy(struct rom_copy_stats *to, const struct rom_copy_stats *n)
{
	to->written += n->written;
	to->shared += n->shared;
	to->zero += n->zero;
	to->hashed += n->hashed;
}

static void count_file(struct rom_extractor *x, struct task *t)
{
	struct rom_extract_counts *n = rom_extract_count(x, t->file.origin);

	count_damage(x, t);
	note_length(x, t);
	n->files++;
	n->bytes += t->file.inode.size;
	x->bytes_done += t->file.inode.size;
	add_copy(&x->result.copy, &t->copy);
	count_content(x, t);
	rom_link_set_written(x, t);
}

static void count_failure(struct rom_extractor *x, struct task *t)
{
	struct rom_extract_counts *n = rom_extract_count(x, t->file.origin);

	*t->name = '\0';
	n->damaged++;
	n->unreadable++;
	note_file(x, t, t->err.text);
}

/* ---- the logs ------------------------------------------------------------ */

static void write_logs(struct rom_extractor *x, const struct task *t)
{
	ROM_AUTO char *path = rom_task_path(t);
	struct rom_file_result result = {
		.path = path,
		.link_to = t->link_to,
		.written = t->copy.written + t->copy.shared,
		.lost = t->lost.v,
		.n_lost = t->lost.n,
		.status = t->status,
		.error = t->status ? t->err.text : NULL,
		.content = t->content,
	};

	memcpy(result.has_digest, t->has_digest, sizeof(result.has_digest));
	memcpy(result.digest, t->digest, sizeof(result.digest));
	for (size_t i = 0; i < x->options.n_logs; i++) {
		struct rom_file_log *log = x->logs[i];

		if (log->head && log->head_wanted && t->head)
			log->head(log, &t->file, t->head,
				rom_min(log->head_wanted, t->head_len));
		log->file(log, &t->file, &result);
	}
}

/* An error of the output, not of the dump, ends the run. */
static bool is_fatal(enum rom_status st)
{
	return st == ROM_E_WRITE || st == ROM_E_STOPPED;
}

static void end_run(struct rom_extractor *x, const struct task *t)
{
	pthread_mutex_lock(&x->lock);
	if (!x->status)
		x->err = t->err;
	x->status = x->status ? x->status : t->status;
	pthread_mutex_unlock(&x->lock);
}

void rom_extract_report(struct rom_extractor *x, struct task *t)
{
	pthread_mutex_lock(&x->log_lock);
	if (is_fatal(t->status))
		end_run(x, t);
	else if (t->status)
		count_failure(x, t);
	else if (!t->link_to && *t->name &&
		 t->file.inode.type == ROM_FILE_REGULAR)
		count_file(x, t);
	if (!is_fatal(t->status))
		write_logs(x, t);
	pthread_mutex_unlock(&x->log_lock);
	rom_task_done(x, t);
}
