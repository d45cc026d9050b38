/* SPDX-License-Identifier: MIT */
/* tree_producer.c - adds the files of a filesystem: those that its directories
 * name, and the unattached inodes */
#include <inttypes.h>
#include <stdlib.h>

#include "extract_priv.h"

#define UNATTACHED ".lost"
#define MEDIA	   "media"

struct producer {
	struct rom_extractor *x;
	const struct rom_origin *origin;
	/* prepended to each path of the walk; ends with a '/' */
	const char *prefix;
	enum rom_provenance provenance;
	bool has_media; /* an unattached directory was taken for it */
};

static bool collect_xattr(
	void *ctx, const char *name, const void *value, size_t len)
{
	rom_xattrs *xattrs = ctx;
	struct rom_xattr *a = rom_vec_add(xattrs);

	a->name = rom_strdup(name);
	a->value = rom_alloc(len);
	a->len = len;
	memcpy(a->value, value, len);
	return xattrs->n < 256;
}

/* A length that the filesystem does not state is marked as such. */
static void explain_length(const struct producer *p, struct rom_file *f)
{
	const struct rom_extent *first =
		f->map.extents.n ? &f->map.extents.v[0] : NULL;
	uint64_t base = p->origin->base;

	if (f->inode.length == ROM_LENGTH_STATED)
		return;
	rom_file_add_evidence(f, ROM_EVIDENCE_OFFSET,
		first && base != ROM_NO_OFFSET ? base + first->image : 0,
		rom_format("length from chain: its directory entry states "
			   "%" PRIu64 " bytes; its clusters, the first of "
			   "which is here, hold %" PRIu64 " up to %s",
			f->inode.stated_size, f->inode.size,
			f->inode.length == ROM_LENGTH_BY_FORMAT
				? "the end of its format"
				: "the zeros at their end"));
}

/* Fills the members that depend on the inode: map, target, attributes. */
static void describe(const struct producer *p, struct task *t)
{
	struct rom_fs *fs = p->origin->fs;
	struct rom_file *f = &t->file;
	struct rom_err ignored;

	rom_fs_xattrs(fs, f->inode.ino, collect_xattr, &f->xattrs, &ignored);
	if (f->inode.type == ROM_FILE_SYMLINK)
		t->status = rom_fs_readlink(
			fs, &f->inode, &f->target, &f->target_len, &t->err);
	if (f->inode.type != ROM_FILE_REGULAR || f->inode.encrypted)
		return;
	t->status = rom_fs_map(fs, &f->inode, &f->map, &t->err);
	f->data = rom_image_ref(rom_fs_data(fs));
	explain_length(p, f);
}

/* Adds an extension by content to the name of a file that has only a number. */
static void name_by_number(const struct producer *p, struct task *t)
{
	const struct rom_extract_options *o = &p->x->options;
	const struct rom_inode *in = &t->file.inode;
	const char *extension = NULL;
	char number[32];

	snprintf(number, sizeof(number), "#%" PRIu64, in->ino);
	if (o->extension && in->type == ROM_FILE_REGULAR && !in->encrypted)
		extension = o->extension(o->extension_ctx, p->origin->fs, in);
	if (extension)
		snprintf(t->name, sizeof(t->name), "%s%s", number, extension);
}

static bool is_number(const struct rom_walk_entry *e)
{
	char number[32];

	snprintf(number, sizeof(number), "#%" PRIu64, e->inode.ino);
	return e->name_len == strlen(number) &&
	       !memcmp(e->path + e->path_len - e->name_len, number,
		       e->name_len);
}

static struct task task_of(
	const struct producer *p, const struct rom_walk_entry *e)
{
	size_t n = strlen(p->prefix);
	struct task t = { .file = { .path = rom_alloc(n + e->path_len + 1),
				  .path_len = n + e->path_len,
				  .inode = e->inode,
				  .has_mtime = true,
				  .provenance = p->provenance,
				  .origin = p->origin } };

	memcpy(t.file.path, p->prefix, n);
	memcpy(t.file.path + n, e->path, e->path_len);
	return t;
}

/* ---- the walk ------------------------------------------------------------ */

static bool is_wanted(const struct producer *p, const struct rom_walk_entry *e)
{
	const struct rom_extract_options *o = &p->x->options;

	return e->status || !o->wants ||
	       o->wants(o->wants_ctx, p->origin->fs, &e->inode, e->path);
}

static enum rom_walk add_entry(void *ctx, const struct rom_walk_entry *e)
{
	const struct producer *p = ctx;
	struct rom_extractor *x = p->x;
	struct task t;
	bool entered;

	if (!is_wanted(p, e))
		return rom_extract_stopped(x) ? ROM_WALK_STOP : ROM_WALK_SKIP;
	t = task_of(p, e);
	t.status = e->status;
	if (e->status)
		t.err = *e->err;
	else
		describe(p, &t);
	if (!e->status && e->depth == 0 &&
		rom_fs_has_synthetic_root(p->origin->fs) && is_number(e))
		name_by_number(p, &t);
	entered = rom_extract_put(x, &t);
	if (rom_extract_stopped(x))
		return ROM_WALK_STOP;
	return entered ? ROM_WALK_CONTINUE : ROM_WALK_SKIP;
}

static void note_damage(void *ctx, const struct rom_walk_entry *dir)
{
	const struct producer *p = ctx;
	ROM_AUTO char *path = rom_printable(dir->path, dir->path_len);

	rom_report_note(p->x->options.report, ROM_DAMAGE, p->origin->partition,
		ROM_NO_OFFSET, "%s: %s", dir->path_len ? path : "/",
		dir->err->text);
}

static const struct rom_walk_ops walk_ops = {
	.entry = add_entry,
	.damaged = note_damage,
};

static enum rom_status status_of(struct rom_extractor *x, struct rom_err *err)
{
	if (rom_extract_stopped(x))
		*err = x->err;
	return x->status;
}

enum rom_status rom_extract_tree(struct rom_extractor *x,
	const struct rom_origin *origin, const struct rom_inode *root,
	struct rom_err *err)
{
	struct producer p = { x, origin, "", ROM_ALLOCATED, false };
	enum rom_status st = ROM_OK;

	if (!rom_extract_stopped(x))
		st = rom_fs_walk(origin->fs, root, &walk_ops, &p, err);
	return st ? st : status_of(x, err);
}

enum rom_status rom_extract_inode(struct rom_extractor *x,
	const struct rom_origin *origin, const struct rom_inode *inode,
	const char *name, struct rom_err *err)
{
	const struct producer p = { x, origin, "", ROM_ALLOCATED, false };
	struct task t = { .file = { .path = rom_strdup(name),
				  .path_len = strlen(name),
				  .inode = *inode,
				  .has_mtime = true,
				  .origin = origin } };

	if (rom_extract_stopped(x)) {
		rom_task_done(x, &t);
		return status_of(x, err);
	}
	describe(&p, &t);
	rom_extract_put(x, &t);
	return status_of(x, err);
}

/* ---- unattached inodes --------------------------------------------------- */

/* The files in an unattached directory still have their names: they are
 * allocated, not unattached. */
static void add_below(
	const struct producer *p, const struct rom_inode *dir, const char *path)
{
	ROM_AUTO char *prefix = rom_format("%s/", path);
	struct producer below = { p->x, p->origin, prefix, ROM_ALLOCATED,
		false };
	struct rom_err err;

	rom_fs_walk(p->origin->fs, dir, &walk_ops, &below, &err);
}

static bool is_dir_below(
	struct rom_fs *fs, const struct rom_inode *dir, const char *path)
{
	struct rom_inode inode;
	struct rom_err err;

	return !rom_fs_lookup_below(fs, dir, path, &inode, &err) &&
	       inode.type == ROM_FILE_DIRECTORY;
}

/* A directory with the folders of the first user's storage is /media, if the
 * root has lost that. */
static bool is_media(struct rom_fs *fs, const struct rom_inode *dir)
{
	struct rom_inode media;
	struct rom_err err;

	return dir->type == ROM_FILE_DIRECTORY && !dir->encrypted &&
	       (is_dir_below(fs, dir, "0/DCIM") ||
		       is_dir_below(fs, dir, "0/Android")) &&
	       rom_fs_lookup(fs, "/" MEDIA, &media, &err);
}

static void note_media(const struct producer *p, const struct rom_inode *dir)
{
	rom_report_note(p->x->options.report, ROM_DAMAGE, p->origin->partition,
		ROM_NO_OFFSET,
		"folder #%" PRIu64 " is in no folder any more; by what it "
		"holds it is /" MEDIA " and was saved there",
		dir->ino);
}

static bool add_unattached(void *ctx, const struct rom_inode *inode)
{
	struct producer *p = ctx;
	struct rom_extractor *x = p->x;
	const bool media = !p->has_media && is_media(p->origin->fs, inode);
	ROM_AUTO char *path =
		media ? rom_strdup(MEDIA)
		      : rom_format(UNATTACHED "/#%" PRIu64, inode->ino);
	struct task t = { .file = { .path = rom_strdup(path),
				  .path_len = strlen(path),
				  .inode = *inode,
				  .has_mtime = true,
				  .provenance = ROM_UNATTACHED,
				  .name_grade = media ? ROM_NAME_PROBABLE
						      : ROM_NAME_NONE,
				  .origin = p->origin } };

	describe(p, &t);
	if (media)
		note_media(p, inode);
	else
		name_by_number(p, &t);
	p->has_media = p->has_media || media;
	rom_extract_count(x, p->origin)->unattached += !media;
	if (rom_extract_put(x, &t))
		add_below(p, inode, path);
	return !rom_extract_stopped(x);
}

static void note_unattached(const struct producer *p)
{
	uint64_t n = rom_extract_count(p->x, p->origin)->unattached;

	if (n)
		rom_report_note(p->x->options.report, ROM_DAMAGE,
			p->origin->partition, ROM_NO_OFFSET,
			"%" PRIu64 " files and folders are not in any folder "
			"any more; they were saved to " UNATTACHED,
			n);
}

enum rom_status rom_extract_unattached(struct rom_extractor *x,
	const struct rom_origin *origin, struct rom_err *err)
{
	struct producer p = { x, origin, "", ROM_UNATTACHED, false };
	struct rom_err ignored;

	/* without damage no inode can be unattached: the search, which reads
	 * all of them, is not needed */
	if (rom_extract_stopped(x) || !rom_fs_damage_count(origin->fs))
		return status_of(x, err);
	rom_fs_unattached(origin->fs, add_unattached, &p, &ignored);
	note_unattached(&p);
	return status_of(x, err);
}
