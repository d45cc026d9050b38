/* SPDX-License-Identifier: MIT */
/* extract_priv.h - what the files of the extraction share */
#ifndef ROMSPLIT_EXTRACT_PRIV_H
#define ROMSPLIT_EXTRACT_PRIV_H

#include <pthread.h>

#include "romsplit/extract.h"

enum { ROM_NAME_MAX = 255 };

/* ---- directories of the output ------------------------------------------- */

/* name_set.c: hashes of names that were given in one directory. Begins as
 * zeros. */
struct name_set {
	uint64_t *slot; /* 0: free */
	size_t capacity, n;
};
/* False when it is there already. What is over the bound of a million is not
 * kept, and is new each time. */
bool rom_name_set_add(struct name_set *s, uint64_t hash);
void rom_name_set_done(struct name_set *s);

struct tree_link {
	char *name, *target;
	struct rom_inode inode;
	const struct rom_origin *origin;
};

/* tree_dir.c: a directory of the output that is being filled. It holds no
 * descriptor, so that a deep tree costs none; dir_cache.c opens it by its path
 * when it is needed. The last one to let go of it makes its symlinks and sets
 * its mode and times: by then all that lies in it is there. */
struct tree_dir {
	struct tree_dir *parent; /* NULL: the directory of the target */
	int refs;
	bool has_meta;	 /* mode and times are known */
	bool drop_empty; /* it goes again when nothing came into it */
	/* a pass brings files into it: mode and times are set afterwards */
	bool deferred;
	char name[ROM_NAME_MAX + 1]; /* as written */
	size_t true_len;	     /* of its name in the paths of files */
	struct rom_inode inode;
	ROM_VEC(struct tree_link) links;
	struct name_set names;	/* given by the producer's thread, and ... */
	struct rom_map numbers; /* ... the last number of those given twice */
};
struct tree_dir *rom_tree_dir_new(
	struct tree_dir *parent, const char *name, size_t true_len);
struct tree_dir *rom_tree_dir_ref(struct tree_dir *dir);
void rom_tree_dir_unref(struct rom_extractor *x, struct tree_dir *dir);
/* Mode, owner and times of an inode, for the output. */
struct rom_meta rom_meta_of(
	const struct rom_extractor *x, const struct rom_inode *inode);
/* Its path below the target, as written; "" for the target itself. Freed by
 * the caller. */
char *rom_tree_dir_path(const struct tree_dir *dir);
/* The same with a name behind it. */
char *rom_tree_dir_join(const struct tree_dir *dir, const char *name);

/* dir_cache.c: directories of the output by their path; a few stay open. */
struct dir_cache {
	pthread_mutex_t lock;
	struct rom_dir *root; /* borrowed */
	uint64_t clock;
	struct cached_dir {
		char *path; /* NULL: free */
		struct rom_dir *dir;
		uint64_t used;
	} slot[16];
};
void rom_dir_cache_init(struct dir_cache *c, struct rom_dir *root);
void rom_dir_cache_done(struct dir_cache *c);
/* Opens path (as written, no link followed) or takes it from the cache. NULL
 * with err; else closed by the caller. Any thread may. */
struct rom_dir *rom_dir_cache_open(
	struct dir_cache *c, const char *path, struct rom_err *err);

/* ---- a file on its way --------------------------------------------------- */

enum task_state { TASK_FREE, TASK_QUEUED, TASK_RUNNING, TASK_DONE };

struct task {
	enum task_state state;
	struct rom_file file;
	struct tree_dir *dir; /* held; NULL when directory stands for it */
	char *directory;      /* of a deferred file: its path as written */
	char name[ROM_NAME_MAX + 1]; /* as written in dir; empty: not written */
	/* of a deferred file: its extents in the image of the pass */
	rom_extents runs;
	char *link_to; /* written as a second name of this path */
	bool has_digest[ROM_HASH_COUNT];
	uint8_t digest[ROM_HASH_COUNT][ROM_HASH_MAX];
	/* byte ranges of the file that are zeros in place of what was lost */
	ROM_VEC(struct rom_range) lost;
	uint8_t *head; /* its beginning, when a log wants to see that */
	size_t head_len;
	struct rom_copy_stats copy;
	enum rom_status status;
	struct rom_err err;
};
/* Its directory as written. Freed by the caller. */
char *rom_task_directory(const struct task *t);
/* Its path as written; NULL: it was not. Freed by the caller. */
char *rom_task_path(const struct task *t);
void rom_task_done(struct rom_extractor *x, struct task *t);

enum { ROM_EXTRACT_RING = 256, ROM_EXTRACT_THREADS = 32 };

/* The name under which a file with several was written, and its digests once
 * that is done. */
struct first_name {
	char *path;
	bool deferred; /* it waits for the pass */
	bool written, has_digest[ROM_HASH_COUNT];
	uint8_t digest[ROM_HASH_COUNT][ROM_HASH_MAX];
};

struct origin_state {
	const struct rom_origin *origin;
	unsigned notes;
	uint64_t unmade;      /* symlinks that the output refused */
	struct rom_map first; /* inode to struct first_name */
};

struct rom_extractor {
	struct rom_extract_options options;
	struct rom_target_tree target;
	struct rom_file_log **logs;
	size_t head_wanted; /* the most that one of them does */
	struct rom_extract_result result;
	ROM_VEC(struct origin_state) origins; /* as result.origins */
	struct dir_cache dirs;
	struct tree_dir *current; /* the directory of the last file, held ... */
	ROM_VEC(char) current_path; /* ... and its path in the dump */
	struct naming *naming;
	struct ride *ride; /* what waits for the pass; NULL: there is none */
	pthread_mutex_t log_lock; /* logs and result */

	/* the ring, see ring.c */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct task ring[ROM_EXTRACT_RING];
	uint64_t head, start, tail;  /* put in, taken by workers, taken off */
	size_t path_bytes;	     /* of the paths in it */
	uint64_t bytes_done;	     /* of the files reported, for progress */
	struct rom_time newest_time; /* of result.newest */
	bool ended;
	enum rom_status status; /* why the run ends early */
	struct rom_err err;
	pthread_t threads[ROM_EXTRACT_THREADS];
	unsigned n_threads;
	unsigned batch; /* files that a thread copies at a time */
	/* files that a worker of the pass may have open, by the descriptors
	 * that there are */
	unsigned max_open;
};

/* extract.c */
/* True when the run is over: by the user, or by an error. */
bool rom_extract_stopped(struct rom_extractor *x);
/* Descriptors for files that are being written. */
unsigned rom_extract_descriptors(void);
/* The state and the counts of an origin; valid until another one comes. */
struct origin_state *rom_extract_origin(
	struct rom_extractor *x, const struct rom_origin *origin);
struct rom_extract_counts *rom_extract_count(
	struct rom_extractor *x, const struct rom_origin *origin);
/* Takes t, which is used up. A file that could not be described has a status.
 * True: it is a directory, which was made and is the current one now. */
bool rom_extract_put(struct rom_extractor *x, struct task *t);
/* A regular file, described as far as it can be: written, or deferred. */
void rom_extract_put_regular(struct rom_extractor *x, struct task *t);

/* parents.c: the directory that path leads to, made where it is missing, held
 * by the caller. path: in the dump, below the target. NULL with err. */
struct tree_dir *rom_extract_parent(struct rom_extractor *x, const char *path,
	size_t len, struct rom_err *err);
/* Makes t's directory and goes into it. An error stands in t. */
void rom_extract_enter(struct rom_extractor *x, struct task *t);

/* naming.c: names that are free, or were given in an earlier run */
struct naming *rom_naming_new(struct rom_out *out);
void rom_naming_free(struct naming *n);
/* Makes name (ROM_NAME_MAX + 1 bytes) one that was not given in dir before, by
 * a number if need be. Names are given in the order of the files, so they do
 * not depend on which thread is done first. */
void rom_naming_give(struct naming *n, struct tree_dir *dir, char *name);
/* The same for a directory on the path of a file, which is given its name once
 * for all files. */
void rom_naming_give_shared(struct naming *n, struct tree_dir *dir, char *name);
/* What a name that stands in the output already is to a file or directory that
 * is to get it. */
enum rom_taken {
	ROM_TAKEN_FREE,	 /* it was free, and is taken now */
	ROM_TAKEN_SAME,	 /* this is what stands there: of an earlier run */
	ROM_TAKEN_OTHER, /* another name is to be tried */
	ROM_TAKEN_ERROR,
};
/* Tries to give a name. earlier: what stands there under this name may be of an
 * earlier run, and was not used yet in this one. */
typedef enum rom_taken (*rom_take_fn)(
	void *ctx, const char *name, bool earlier);
/* Tries name, name~2, name~3 ... in directory (as written) until take answers
 * anything but ROM_TAKEN_OTHER, and puts the one used into name (ROM_NAME_MAX +
 * 1 bytes). Any thread may, each for other directories or names. */
enum rom_taken rom_naming_find(struct naming *n, const char *directory,
	char *name, rom_take_fn take, void *ctx);
/* The same for what may be used more than once: the search begins with the name
 * itself, and nothing is remembered. */
enum rom_taken rom_naming_find_shared(
	const char *name, char *ret, rom_take_fn take, void *ctx);

/* ring.c: puts a task in, which owns it from now on (TASK_QUEUED: to be copied;
 * TASK_DONE: only reported); takes finished ones off until at most left are in
 * it; threads. */
void rom_ring_put(
	struct rom_extractor *x, struct task *t, enum task_state state);
void rom_ring_drain(struct rom_extractor *x, uint64_t left);
void rom_ring_start(struct rom_extractor *x);
void rom_ring_stop(struct rom_extractor *x);

/* outcome.c: counts, notes and logs of a finished task; frees what it holds */
void rom_extract_report(struct rom_extractor *x, struct task *t);

/* links.c: files with several names */
/* Makes t another name of a file that was written before. False when there is
 * none yet, or it cannot be. */
bool rom_link_to_first(struct rom_extractor *x, struct task *t);
/* The first name of t waits for the pass, so t has to wait as well. */
bool rom_link_waits(struct rom_extractor *x, const struct task *t);
/* t will be written when the pass brings it, or was written. */
void rom_link_set_deferred(struct rom_extractor *x, const struct task *t);
void rom_link_set_written(struct rom_extractor *x, const struct task *t);
void rom_link_first_free(void *first);

/* ---- files that ride the pass -------------------------------------------- */

/* spool.c */
struct spool {
	struct rom_out_file *file; /* NULL: nothing was put in */
	FILE *stream;
	uint64_t len;
};
/* Path, name, directory, inode, map, runs, evidence and attributes of t go in;
 * *ret is where. */
enum rom_status rom_spool_put(struct spool *s, struct rom_out *out,
	const struct task *t, uint64_t *ret, struct rom_err *err);
/* Between the last put and the first get. */
enum rom_status rom_spool_flush(struct spool *s, struct rom_err *err);
/* Back again, with directory in place of dir. Any thread may. */
enum rom_status rom_spool_get(const struct spool *s, uint64_t offset,
	struct task *ret, struct rom_err *err);
void rom_spool_close(struct spool *s);

/* ride.c */
void rom_ride_open(struct rom_extractor *x);
/* Whether the pass will bring all bytes of t, in order; fills t->runs. */
bool rom_ride_takes(const struct rom_extractor *x, struct task *t);
/* Defers t until its bytes come by; t is used up. */
void rom_ride_put(struct rom_extractor *x, struct task *t);
/* Defers t until the pass is over. */
void rom_ride_put_late(struct rom_extractor *x, struct task *t);
/* After the pass: what it did not bring, then the directories. */
void rom_ride_finish(struct rom_extractor *x);

/* ---- writing a file ------------------------------------------------------ */

/* file_writer.c: a file that comes piece by piece, in order. Errors go into the
 * task's status, and what is given to it after one is dropped. */
struct file_writer {
	struct task *t;
	struct rom_extractor *x;
	struct rom_digest *digest[ROM_HASH_COUNT]; /* NULL: not wanted */
	bool hashing;
	struct rom_out_file *file; /* NULL: it could not be made */
	char temp[ROM_TEMP_NAME];
	uint64_t hashed; /* bytes of the file that the digests have seen */
	/* up to here the current extent needs no writing */
	uint64_t shared_to;
	size_t head_size; /* of the beginning that is kept for logs */
};
/* Begins it, with what the inode itself holds. */
void rom_file_begin(
	struct file_writer *w, struct task *t, struct rom_extractor *x);
/* Before the first piece of an extent, which lies in from at image: shares what
 * can be shared. Returns how many bytes of it need not be given as pieces. */
uint64_t rom_file_share(struct file_writer *w, struct rom_image *from,
	uint64_t image, const struct rom_extent *e);
void rom_file_piece(struct file_writer *w, const uint8_t *data, size_t len,
	uint64_t offset);
/* The next piece of each of n files, ROM_DIGEST_MANY at most, and more than one
 * only where rom_digest_has_many. */
struct file_piece {
	struct file_writer *w;
	const uint8_t *data;
	size_t len;
	uint64_t offset; /* in the file */
};
void rom_file_pieces(const struct file_piece *pieces, size_t n);
/* These bytes could not be read: they stay zeros, and the file is damaged. */
void rom_file_lost(struct file_writer *w, uint64_t offset, uint64_t len);
/* Gives the file its place; fills digests and name of the task. Drops it when
 * there was an error. */
void rom_file_end(struct file_writer *w);

/* file_copy.c: one file, read for itself piece by piece. Fills digests, lost
 * ranges, copy, name, status of its task. */
enum {
	/* some stay in the cache between reading, hashing and writing */
	ROM_EXTRACT_BUF = 512 << 10
};
struct file_copy {
	struct file_writer w;
	uint8_t *buf;		/* ROM_EXTRACT_BUF bytes, on a page */
	size_t extent;		/* that is being read ... */
	struct rom_image *from; /* where its bytes lie ... */
	/* ... from here; so many of them have been read */
	uint64_t image, off;
};
void rom_file_copy_begin(struct file_copy *c, struct rom_extractor *x,
	struct task *t, uint8_t *buf);
/* How many bytes the next piece may have. 0: there is none, or the file has
 * failed; then rom_file_end(&c->w) is due. */
size_t rom_file_copy_ready(struct file_copy *c);
/* Reads so many of them into buf. */
void rom_file_copy_read(
	struct file_copy *c, size_t len, struct file_piece *ret);

#endif
