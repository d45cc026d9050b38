/* SPDX-License-Identifier: MIT */
/* outcome.c - what becomes of a finished task: counts, notes, sums, its
 * lines in manifest and timeline */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "extract_priv.h"

enum { MAX_DAMAGE_NOTES = 200 };

static bool has_extension(const char *name, const char *const *list)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && list[i]; i++) {
		if (!strcasecmp(dot + 1, list[i]))
			return true;
	}
	return false;
}

static void count_picture(struct rom_extract_result *r, const struct task *t)
{
	static const char *const pictures[] = { "jpg", "jpeg", "png", "heic",
		"heif", "webp", "gif", "dng", "raw", "bmp", NULL };
	static const char *const videos[] = { "mp4", "3gp", "mov", "mkv",
		"webm", "avi", "m4v", NULL };
	bool picture = has_extension(t->name, pictures),
	     video = has_extension(t->name, videos);

	r->pictures += picture;
	r->videos += video;
	if ((!picture && !video) ||
		(r->newest && t->inode.mtime.sec <= r->newest_time))
		return;
	free(r->newest);
	r->newest = *t->dir->path ? rom_format("%s/%s", t->dir->path, t->name)
				  : rom_strdup(t->name);
	r->newest_time = t->inode.mtime.sec;
}

static void note(struct extraction *x, const struct task *t, const char *text)
{
	ROM_AUTO char *path = rom_printable(t->path, t->path_len);

	if (x->notes++ < MAX_DAMAGE_NOTES)
		rom_report_note(x->report, ROM_DAMAGE, x->options->partition,
			ROM_NO_OFFSET, "%s: %s", path, text);
}

static void add_sum(struct extraction *x, const struct task *t)
{
	ROM_AUTO char *path =
		*t->dir->path ? rom_format("%s%s/%s", x->options->prefix,
					t->dir->path, t->name)
			      : rom_format("%s%s", x->options->prefix, t->name);

	if (x->options->checksums && t->has_sha256)
		rom_checksum_line(x->options->checksums, t->sha256,
			x->options->checksums_prefix, path);
}

static void remember_first(struct extraction *x, const struct task *t)
{
	struct first_name *first =
		t->inode.links > 1 ? rom_map_get(&x->first, t->inode.ino)
				   : NULL;

	if (!first || first->written)
		return;
	first->path = *t->dir->path ? rom_format("%s/%s", t->dir->path, t->name)
				    : rom_strdup(t->name);
	first->written = true;
	first->has_sha256 = t->has_sha256;
	memcpy(first->sha256, t->sha256, sizeof(first->sha256));
}

/* Metadata that fails its checksum may lead to another file's bytes: all of the
 * file is in doubt. */
static void doubt(struct extraction *x, struct task *t)
{
	if (!t->inode.suspect && !t->map.suspect)
		return;
	note(x, t,
		"a checksum, or a copy, on the way to its content does not "
		"agree: the content may be wrong");
	t->damage.n = 0;
	if (t->inode.size)
		*rom_vec_add(&t->damage) =
			(struct rom_range){ 0, t->inode.size };
}

/* What is stored of a file; the rest are holes, of which nothing can be
 * lost. */
static uint64_t stored(const struct rom_file_map *c)
{
	const struct rom_extent *e;
	uint64_t bytes = 0;

	rom_each (e, &c->extents)
		bytes += e->kind == ROM_EXTENT_ZERO ? 0 : e->len;
	return bytes;
}

static void report_file(struct extraction *x, struct task *t)
{
	uint64_t lost = 0;
	struct rom_range *d;
	char text[100];

	rom_each (d, &t->damage)
		lost += d->len;
	doubt(x, t);
	x->ret->damaged += t->damage.n && !lost;
	if (lost) {
		snprintf(text, sizeof(text),
			"%" PRIu64 " of %" PRIu64
			" bytes could not be read and are zeros",
			lost, t->inode.size);
		note(x, t, text);
		x->ret->damaged++;
		x->ret->unreadable += lost >= stored(&t->map);
	}
	x->ret->files++;
	x->ret->bytes += t->inode.size;
	x->ret->copy.written += t->copy.written;
	x->ret->copy.shared += t->copy.shared;
	x->ret->copy.zero += t->copy.zero;
	x->ret->copy.hashed += t->copy.hashed;
	count_picture(x->ret, t);
	add_sum(x, t);
	remember_first(x, t);
}

void rom_task_done(struct task *t)
{
	struct tree_xattr *a;

	rom_each (a, &t->xattrs) {
		free(a->name);
		free(a->value);
	}
	rom_vec_done(&t->xattrs);
	rom_vec_done(&t->damage);
	rom_file_map_done(&t->map);
	rom_tree_dir_unref(t->dir);
	free(t->path);
	free(t->target);
	free(t->link_to);
	*t = (struct task){ 0 };
}

void rom_extraction_report(struct extraction *x, struct task *t)
{
	if (t->status == ROM_E_WRITE || t->status == ROM_E_STOPPED) {
		x->status = x->status ? x->status : t->status;
		x->err = t->err;
	} else if (t->status) {
		*t->name = '\0';
		x->ret->damaged++;
		x->ret->unreadable++;
		note(x, t, t->err.text);
	} else if (t->link_to) {
		add_sum(x, t);
	} else if (*t->name && t->inode.type == ROM_FILE_REGULAR) {
		report_file(x, t);
	}
	if (x->options->manifest && t->status != ROM_E_WRITE &&
		t->status != ROM_E_STOPPED)
		rom_manifest_line(x->options->manifest, t, x->options->prefix,
			x->options->base);
	if (x->options->bodyfile && t->status != ROM_E_WRITE &&
		t->status != ROM_E_STOPPED)
		rom_bodyfile_line(x->options->bodyfile, t, x->options->prefix);
	rom_task_done(t);
}
