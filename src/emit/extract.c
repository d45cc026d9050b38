/* SPDX-License-Identifier: MIT */
/*
 * extract.c - a tree out of a filesystem
 *
 * One thread walks (filesystem handles are not thread-safe) and puts entries into a ring of tasks; workers copy
 * the files among them; the walker takes finished tasks off the ring in order and writes the manifest. So the
 * memory does not grow with the tree, and the manifest has the tree's order.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extract_priv.h"

#define LOST ".lost"

enum { RING = 256, MAX_THREADS = 32, MAX_DEPTH = 1024, MAX_DAMAGE_NOTES = 200 };

/* The name under which a file with several was written, and its sum once that is done. */
struct first_name {
	char *path;
	bool written, has_sha256;
	uint8_t sha256[ROM_SHA256_LEN];
};

struct extraction {
	struct rom_fs *fs;
	struct rom_out *out;
	const struct rom_extract_options *options;
	struct rom_report *report;
	struct rom_extract_result *ret;
	int root;    /* the folder that the tree goes to */
	bool strict; /* the output refuses what FAT refuses */
	unsigned notes;
	uint64_t unmade;     /* symlinks the output refused */
	struct rom_map seen; /* directories walked: one that comes again is a loop or a torn link */
	struct rom_map first; /* inode to struct first_name, of files with several names */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct task ring[RING];
	uint64_t head, start, tail; /* put in, taken by workers, taken off */
	bool ended;
	enum rom_status status; /* why the run ends early */
	struct rom_err err;
	pthread_t threads[MAX_THREADS];
	unsigned n_threads;
};

static void free_first(void *value)
{
	free(((struct first_name *)value)->path);
	free(value);
}

/* ---- workers ------------------------------------------------------------------------------------- */

static struct task *take_task(struct extraction *x)
{
	struct task *t = NULL;

	pthread_mutex_lock(&x->lock);
	while (!t) {
		while (x->start < x->head && x->ring[x->start % RING].state != TASK_QUEUED)
			x->start++;
		if (x->start < x->head)
			t = &x->ring[x->start++ % RING];
		else if (x->ended)
			break;
		else
			pthread_cond_wait(&x->changed, &x->lock);
	}
	if (t)
		t->state = TASK_RUNNING;
	pthread_mutex_unlock(&x->lock);
	return t;
}

static void *worker(void *arg)
{
	struct extraction *x = arg;
	struct task *t;

	while ((t = take_task(x))) {
		if (!x->options->progress || !x->options->progress->stop)
			rom_extract_file(t, rom_fs_data(x->fs), x->out, x->options);
		else
			t->status = rom_fail(&t->err, ROM_E_STOPPED, ROM_NOWHERE, "stopped");
		pthread_mutex_lock(&x->lock);
		t->state = TASK_DONE;
		pthread_cond_broadcast(&x->changed);
		pthread_mutex_unlock(&x->lock);
	}
	return NULL;
}

/* ---- the end of the ring: manifest, sums, counts ------------------------------------------------------ */

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
	static const char *const pictures[] = { "jpg", "jpeg", "png", "heic", "heif", "webp", "gif",
		"dng", "raw", "bmp", NULL };
	static const char *const videos[] = { "mp4", "3gp", "mov", "mkv", "webm", "avi", "m4v",
		NULL };
	bool picture = has_extension(t->name, pictures), video = has_extension(t->name, videos);

	r->pictures += picture;
	r->videos += video;
	if ((!picture && !video) || (r->newest && t->inode.mtime.sec <= r->newest_time))
		return;
	free(r->newest);
	r->newest =
		*t->dir->path ? rom_format("%s/%s", t->dir->path, t->name) : rom_strdup(t->name);
	r->newest_time = t->inode.mtime.sec;
}

static void note(struct extraction *x, const struct task *t, const char *text)
{
	ROM_AUTO char *path = rom_printable(t->path, t->path_len);

	if (x->notes++ < MAX_DAMAGE_NOTES)
		rom_report_note(x->report, ROM_DAMAGE, x->report->userdata.partition, ROM_NOWHERE,
			"%s: %s", path, text);
}

static void add_sum(struct extraction *x, const struct task *t)
{
	ROM_AUTO char *path =
		*t->dir->path ? rom_format("%s%s/%s", x->options->prefix, t->dir->path, t->name)
			      : rom_format("%s%s", x->options->prefix, t->name);

	if (x->options->sums && t->has_sha256)
		rom_sums_line(x->options->sums, t->sha256, x->options->sums_prefix, path);
}

static void remember_first(struct extraction *x, const struct task *t)
{
	struct first_name *first = t->inode.links > 1 ? rom_map_get(&x->first, t->inode.ino) : NULL;

	if (!first || first->written)
		return;
	first->path =
		*t->dir->path ? rom_format("%s/%s", t->dir->path, t->name) : rom_strdup(t->name);
	first->written = true;
	first->has_sha256 = t->has_sha256;
	memcpy(first->sha256, t->sha256, sizeof(first->sha256));
}

/* Metadata that fails its checksum may lead to another file's bytes: all of the file is in doubt. */
static void doubt(struct extraction *x, struct task *t)
{
	if (!t->inode.suspect && !t->content.suspect)
		return;
	note(x, t, "a checksum on the way to its content does not agree: the content may be wrong");
	t->damage.n = 0;
	if (t->inode.size)
		*rom_vec_add(&t->damage) = (struct rom_range){ 0, t->inode.size };
}

static void tell_file(struct extraction *x, struct task *t)
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
			"%" PRIu64 " of %" PRIu64 " bytes could not be read and are zeros", lost,
			t->inode.size);
		note(x, t, text);
		x->ret->damaged++;
	}
	x->ret->files++;
	x->ret->bytes += t->inode.size;
	x->ret->copy.written += t->copy.written;
	x->ret->copy.shared += t->copy.shared;
	x->ret->copy.zero += t->copy.zero;
	count_picture(x->ret, t);
	add_sum(x, t);
	remember_first(x, t);
}

static void task_done(struct task *t)
{
	struct tree_xattr *a;

	rom_each (a, &t->xattrs) {
		free(a->name);
		free(a->value);
	}
	rom_vec_done(&t->xattrs);
	rom_vec_done(&t->damage);
	rom_content_done(&t->content);
	rom_tree_dir_unref(t->dir);
	free(t->path);
	free(t->target);
	free(t->link_to);
	*t = (struct task){ 0 };
}

static void finish(struct extraction *x, struct task *t)
{
	if (t->status == ROM_E_WRITE || t->status == ROM_E_STOPPED) {
		x->status = x->status ? x->status : t->status;
		x->err = t->err;
	} else if (t->status) {
		*t->name = '\0';
		x->ret->damaged++;
		note(x, t, t->err.text);
	} else if (t->link_to) {
		add_sum(x, t);
	} else if (*t->name && t->inode.type == ROM_FILE_REGULAR) {
		tell_file(x, t);
	}
	if (x->options->manifest && t->status != ROM_E_WRITE && t->status != ROM_E_STOPPED)
		rom_manifest_line(x->options->manifest, t, x->options->prefix, x->options->base);
	if (x->options->bodyfile && t->status != ROM_E_WRITE && t->status != ROM_E_STOPPED)
		rom_bodyfile_line(x->options->bodyfile, t, x->options->prefix);
	if (x->options->progress && x->options->progress->tick)
		x->options->progress->tick(x->options->progress, x->ret->bytes, 0, "saving files");
	task_done(t);
}

/* Takes finished tasks off until at most left are in the ring. */
static void drain(struct extraction *x, uint64_t left)
{
	while (x->head - x->tail > left) {
		struct task *t = &x->ring[x->tail % RING];

		pthread_mutex_lock(&x->lock);
		while (t->state != TASK_DONE)
			pthread_cond_wait(&x->changed, &x->lock);
		x->tail++;
		if (x->start < x->tail)
			x->start = x->tail;
		pthread_mutex_unlock(&x->lock);
		finish(x, t);
	}
}

/* Puts a task in; the ring owns it from now on. */
static void put(struct extraction *x, struct task *t, enum task_state state)
{
	drain(x, RING - 1);
	pthread_mutex_lock(&x->lock);
	t->state = state;
	x->ring[x->head++ % RING] = *t;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

/* ---- the walk -------------------------------------------------------------------------------------------- */

static bool stopped(struct extraction *x)
{
	if (x->options->progress && x->options->progress->stop && !x->status)
		x->status = rom_fail(&x->err, ROM_E_STOPPED, ROM_NOWHERE, "stopped");
	return x->status != ROM_OK;
}

static bool take_xattr(void *ctx, const char *name, const void *value, size_t len)
{
	struct task *t = ctx;
	struct tree_xattr *a = rom_vec_add(&t->xattrs);

	a->name = rom_strdup(name);
	a->value = rom_alloc(len);
	a->len = len;
	memcpy(a->value, value, len);
	return t->xattrs.n < 256;
}

static void use_name(struct extraction *x, struct task *t, const char *bytes, size_t len)
{
	ROM_AUTO char *safe = rom_safe_name(bytes, len, x->strict);

	snprintf(t->name, sizeof(t->name), "%s", safe);
	if (strlen(safe) != len || memcmp(safe, bytes, len))
		x->ret->renamed++;
}

/* Makes t another name of a file that was written before. False when there is none yet, or it cannot be. */
static bool link_to_first(struct extraction *x, struct task *t)
{
	struct first_name *first = rom_map_get(&x->first, t->inode.ino);

	if (!first) {
		rom_map_put(&x->first, t->inode.ino, rom_alloc(sizeof(*first)));
		return false;
	}
	drain(x, 0); /* the first name must be there before it can be linked to */
	if (!first->written || (linkat(x->root, first->path, t->dir->fd, t->name, 0) &&
				       !(errno == EEXIST && x->out->existed)))
		return false;
	t->link_to = rom_strdup(first->path);
	t->has_sha256 = first->has_sha256;
	memcpy(t->sha256, first->sha256, sizeof(t->sha256));
	x->ret->links++;
	return true;
}

static void put_file(struct extraction *x, struct task *t)
{
	if (t->inode.encrypted) {
		*t->name = '\0';
		x->ret->encrypted++;
		put(x, t, TASK_DONE);
		return;
	}
	if (t->inode.links > 1 && link_to_first(x, t)) {
		put(x, t, TASK_DONE);
		return;
	}
	t->status = rom_fs_content(x->fs, &t->inode, &t->content, &t->err);
	put(x, t, t->status ? TASK_DONE : TASK_QUEUED);
}

static void put_symlink(struct extraction *x, struct task *t)
{
	struct tree_link *l;

	t->status = rom_fs_readlink(x->fs, &t->inode, &t->target, &t->target_len, &t->err);
	if (!t->status && !t->inode.encrypted && !memchr(t->target, 0, t->target_len) &&
		t->target_len) {
		l = rom_vec_add(&t->dir->links);
		*l = (struct tree_link){ rom_strdup(t->name), rom_strdup(t->target), t->inode };
		x->ret->links++;
	} else {
		*t->name = '\0';
	}
	put(x, t, TASK_DONE);
}

static void walk(struct extraction *x, struct tree_dir *dir, const char *path, unsigned depth);

/* Makes the folder of t; its descriptor or -1. */
static int make_folder(struct extraction *x, struct task *t)
{
	char base[256];
	int fd;

	strcpy(base, t->name);
	for (unsigned n = 2; n < 1000; n++) {
		if (!mkdirat(t->dir->fd, t->name, 0700) || (errno == EEXIST && x->out->existed)) {
			fd = openat(t->dir->fd, t->name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (fd >= 0)
				return fd;
		} else if (errno != EEXIST) {
			break;
		}
		snprintf(t->name, sizeof(t->name), "%.240s~%u", base, n);
	}
	t->status = rom_fail(&t->err, ROM_E_WRITE, ROM_NOWHERE, "%s: cannot make this folder: %s",
		t->name, strerror(errno));
	return -1;
}

static void put_directory(struct extraction *x, struct task *t, unsigned depth)
{
	ROM_AUTO char *path = rom_strdup(t->path);
	struct tree_dir *dir = NULL;
	int fd = -1;

	x->ret->encrypted += t->inode.encrypted;
	if (depth >= MAX_DEPTH) {
		t->status = rom_fail(
			&t->err, ROM_E_LIMIT, ROM_NOWHERE, "more than %d folders deep", MAX_DEPTH);
	} else if (!rom_map_put(&x->seen, t->inode.ino, NULL)) {
		t->status = rom_fail(&t->err, ROM_E_CORRUPT, ROM_NOWHERE,
			"the same folder (inode %" PRIu64 ") stands in the tree twice",
			t->inode.ino);
	} else {
		fd = make_folder(x, t);
	}
	if (fd >= 0) {
		dir = rom_tree_dir_new(t->dir, fd, &t->inode, t->name);
		x->ret->dirs++;
	}
	put(x, t, TASK_DONE);
	if (dir)
		walk(x, dir, path, depth + 1);
	rom_tree_dir_unref(dir);
}

static void put_entry(struct extraction *x, struct task *t, unsigned depth)
{
	if (x->options->manifest)
		rom_fs_xattrs(x->fs, t->inode.ino, take_xattr, t, &t->err);
	switch (t->inode.type) {
	case ROM_FILE_REGULAR:
		put_file(x, t);
		break;
	case ROM_FILE_SYMLINK:
		put_symlink(x, t);
		break;
	case ROM_FILE_DIRECTORY:
		put_directory(x, t, depth);
		break;
	default: /* devices, fifos, sockets: listed, not made */
		*t->name = '\0';
		x->ret->special++;
		put(x, t, TASK_DONE);
	}
}

struct walk_step {
	struct extraction *x;
	struct tree_dir *dir;
	const char *path;
	unsigned depth;
};

static bool on_entry(void *ctx, const struct rom_dirent *e)
{
	struct walk_step *w = ctx;
	struct extraction *x = w->x;
	struct task t = { .dir = rom_tree_dir_ref(w->dir) };
	size_t n = strlen(w->path), len;
	ROM_AUTO char *name = rom_dirent_name(&w->dir->inode, e, &len);

	t.path = rom_alloc(n + len + 2);
	t.path_len = n + (n > 0) + len;
	memcpy(t.path, w->path, n);
	if (n)
		t.path[n] = '/';
	memcpy(t.path + n + (n > 0), name, len);
	use_name(x, &t, name, len);
	t.status = rom_fs_inode(x->fs, e->ino, &t.inode, &t.err);
	if (!t.status && x->options->wants &&
		!x->options->wants(x->options->wants_ctx, x->fs, &t.inode, t.path)) {
		free(t.path);
		rom_tree_dir_unref(t.dir);
	} else if (t.status) {
		t.inode.ino = e->ino;
		put(x, &t, TASK_DONE);
	} else {
		put_entry(x, &t, w->depth);
	}
	return !stopped(x);
}

static void walk(struct extraction *x, struct tree_dir *dir, const char *path, unsigned depth)
{
	struct walk_step w = { x, dir, path, depth };
	struct rom_err err;

	if (stopped(x))
		return;
	if (rom_fs_list(x->fs, dir->inode.ino, 0, on_entry, &w, &err))
		rom_report_note(x->report, ROM_DAMAGE, x->report->userdata.partition, ROM_NOWHERE,
			"%s: %s", path, err.text);
}

/* ---- what no folder names any more ------------------------------------------------------------------------ */

struct lost_step {
	struct extraction *x;
	struct tree_dir *dir;
};

static bool on_lost(void *ctx, const struct rom_inode *inode)
{
	struct lost_step *l = ctx;
	struct task t = { .inode = *inode, .dir = rom_tree_dir_ref(l->dir) };

	snprintf(t.name, sizeof(t.name), "#%" PRIu64, inode->ino);
	t.path = rom_format(LOST "/%s", t.name);
	t.path_len = strlen(t.path);
	l->x->ret->lost++;
	put_entry(l->x, &t, 1);
	return !stopped(l->x);
}

/* Into a folder of its own, inode by inode. Only where damage was met: else nothing can have lost its name. */
static void save_lost(struct extraction *x, struct tree_dir *root)
{
	struct lost_step l = { .x = x };
	struct rom_inode meta = root->inode;
	struct rom_err err;
	int fd;

	if (!x->options->lost || !rom_fs_damage_count(x->fs) || stopped(x))
		return;
	if (mkdirat(root->fd, LOST, 0700) && errno != EEXIST)
		return;
	fd = openat(root->fd, LOST, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	meta.mode = 0755;
	l.dir = rom_tree_dir_new(root, fd, &meta, LOST);
	rom_fs_lost(x->fs, on_lost, &l, &err);
	rom_tree_dir_unref(l.dir);
	drain(x, 0);
	unlinkat(root->fd, LOST, AT_REMOVEDIR); /* goes when nothing is in it */
	if (x->ret->lost)
		rom_report_note(x->report, ROM_DAMAGE, x->report->userdata.partition, ROM_NOWHERE,
			"%" PRIu64
			" files and folders are named by no folder any more; they are in " LOST,
			x->ret->lost);
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

static bool output_is_strict(struct rom_out *out)
{
	static const char name[] = "a:b?c";
	int fd = openat(out->part, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return true;
	close(fd);
	unlinkat(out->part, name, 0);
	return false;
}

static void start_workers(struct extraction *x)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned want = x->options->threads ? x->options->threads : (unsigned)(cpus > 0 ? cpus : 1);

	want = want < MAX_THREADS ? want : MAX_THREADS;
	for (; x->n_threads < want; x->n_threads++) {
		if (pthread_create(&x->threads[x->n_threads], NULL, worker, x))
			break;
	}
	if (!x->n_threads)
		abort(); /* no thread to be had: as with memory */
}

static void stop_workers(struct extraction *x)
{
	drain(x, 0);
	pthread_mutex_lock(&x->lock);
	x->ended = true;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
	for (unsigned i = 0; i < x->n_threads; i++)
		pthread_join(x->threads[i], NULL);
}

static void walk_root(
	struct extraction *x, const struct rom_inode *inode, const char *name, int dir)
{
	struct tree_dir *root = rom_tree_dir_new(NULL, dir, inode, "");

	root->drop_empty = x->options->wants != NULL;
	root->unmade = &x->unmade;
	if (inode->type == ROM_FILE_DIRECTORY) {
		rom_map_put(&x->seen, inode->ino, NULL);
		walk(x, root, "", 0);
		save_lost(x, root);
	} else {
		struct task t = { .dir = rom_tree_dir_ref(root), .inode = *inode };

		t.path = rom_strdup(name);
		t.path_len = strlen(name);
		use_name(x, &t, name, strlen(name));
		put_entry(x, &t, 0);
	}
	stop_workers(x);
	rom_tree_dir_unref(root);
	if (x->unmade)
		rom_report_note(x->report, ROM_DAMAGE, x->report->userdata.partition, ROM_NOWHERE,
			"%" PRIu64
			" symbolic links could not be made in this folder; the manifest has their targets",
			x->unmade);
}

void rom_extract_result_done(struct rom_extract_result *r)
{
	free(r->newest);
	*r = (struct rom_extract_result){ 0 };
}

enum rom_status rom_extract_tree(struct rom_fs *fs, const struct rom_inode *inode, const char *name,
	struct rom_out *out, int dir, const struct rom_extract_options *options,
	struct rom_report *report, struct rom_extract_result *ret, struct rom_err *err)
{
	struct extraction *x = rom_alloc(sizeof(*x));
	enum rom_status st;

	x->fs = fs;
	x->out = out;
	x->options = options;
	x->report = report;
	x->ret = ret;
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->changed, NULL);
	x->root = dir;
	x->strict = output_is_strict(out);
	start_workers(x);
	walk_root(x, inode, name, dir);
	st = x->status;
	if (st && err)
		*err = x->err;
	rom_map_done(&x->seen, NULL);
	rom_map_done(&x->first, free_first);
	pthread_mutex_destroy(&x->lock);
	pthread_cond_destroy(&x->changed);
	free(x);
	return st;
}
