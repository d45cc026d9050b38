/* SPDX-License-Identifier: MIT */
/* extract_priv.h - the internal interfaces of the extraction */
#ifndef ROMSPLIT_EXTRACT_PRIV_H
#define ROMSPLIT_EXTRACT_PRIV_H

#include <pthread.h>

#include "romsplit/extract.h"

enum { ROM_NAME_MAX = 255 };

/* ---- directories of the output ------------------------------------------- */

/* name_set.c: hashes of the names used in one directory. Begins as zeros. */
struct name_set {
	uint64_t *slot; /* 0: free */
	size_t capacity, n;
};
/* False when the set has it already. Above a million hashes, further ones are
 * not stored and count as new each time: then the filesystem of the output
 * decides. */
bool rom_name_set_add(struct name_set *s, uint64_t hash);
void rom_name_set_done(struct name_set *s);

struct tree_link {
	char *name, *target;
	struct rom_inode inode;
	const struct rom_origin *origin;
};

/* tree_dir.c: a directory of the output that is being filled. It has no
 * descriptor, so that a deep tree needs none; dir_cache.c opens it by its path
 * when necessary. When its last reference is dropped, all its files are
 * complete: then its symlinks are made and its mode and times set. */
struct tree_dir {
	struct tree_dir *parent; /* NULL: the directory of the target */
	int refs;
	bool has_meta;	 /* mode and times are known */
	bool drop_empty; /* remove it if it is still empty at the end */
	/* the pass writes files in it: mode and times are set after that */
	bool deferred;
	char name[ROM_NAME_MAX + 1]; /* as written */
	size_t true_len;	     /* of its name in the paths of files */
	struct rom_inode inode;
	ROM_VEC(struct tree_link) links;
	/* names used in it, and the last number used for each name that was
	 * needed twice; only for the producer's thread */
	struct name_set names;
	struct rom_map numbers;
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
/* Opens path (as written), following no symlink, or takes it from the cache.
 * Closed by the caller; NULL with err. Any thread may call. */
struct rom_dir *rom_dir_cache_open(
	struct dir_cache *c, const char *path, struct rom_err *err);

/* ---- a file being extracted ---------------------------------------------- */

enum task_state { TASK_FREE, TASK_QUEUED, TASK_RUNNING, TASK_DONE };

struct task {
	enum task_state state;
	struct rom_file file;
	struct tree_dir *dir; /* a reference; NULL: directory is set */
	char *directory;      /* of a deferred file: its path as written */
	char name[ROM_NAME_MAX + 1]; /* as written in dir; empty: not written */
	/* of a deferred file: its extents in the image of the pass */
	rom_extents runs;
	char *link_to; /* it was written as a hard link to this path */
	bool has_digest[ROM_HASH_COUNT];
	uint8_t digest[ROM_HASH_COUNT][ROM_HASH_MAX];
	/* byte ranges of the file that are zeros in place of what was lost */
	ROM_VEC(struct rom_range) lost;
	uint8_t *head; /* its first bytes */
	size_t head_len;
	struct rom_file_content content;
	struct rom_copy_stats copy;
	enum rom_status status;
	struct rom_err err;
};
/* Its directory as written. Freed by the caller. */
char *rom_task_directory(const struct task *t);
/* Its path as written; NULL: it was not written. Freed by the caller. */
char *rom_task_path(const struct task *t);
void rom_task_done(struct rom_extractor *x, struct task *t);

enum { ROM_EXTRACT_RING = 256, ROM_EXTRACT_THREADS = 32 };

/* The name under which a file with several names was written, and its
 * digests. */
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
	size_t head_wanted; /* the largest head_wanted of the logs */
	struct rom_extract_result result;
	ROM_VEC(struct origin_state) origins; /* as result.origins */
	struct dir_cache dirs;
	struct tree_dir *current; /* the directory of the last file, held ... */
	ROM_VEC(char) current_path; /* ... and its path in the dump */
	struct naming *naming;
	struct ride *ride; /* files deferred to the pass; NULL: no pass */
	pthread_mutex_t log_lock; /* logs and result */

	/* the ring, see ring.c */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct task ring[ROM_EXTRACT_RING];
	/* counts of tasks put in, taken by workers, and removed */
	uint64_t head, start, tail;
	size_t path_bytes;	     /* of the paths in it */
	uint64_t bytes_done;	     /* of the files reported, for progress */
	struct rom_time newest_time; /* of result.newest */
	bool ended;
	enum rom_status status; /* why the run ends early */
	struct rom_err err;
	pthread_t threads[ROM_EXTRACT_THREADS];
	unsigned n_threads;
	unsigned batch; /* files that a thread copies at a time */
	/* bytes of the files being copied, see ring.c */
	uint64_t copying;
	/* files that a worker of the pass may have open, given the limit of
	 * descriptors */
	unsigned max_open;
};

/* extract.c */
/* True when the user or an error has stopped the run. */
bool rom_extract_stopped(struct rom_extractor *x);
/* True when a file of that size has room beside what is being written. Of a
 * first run the room was checked before; in a second run each file lies beside
 * the one that it turns out to be, until it is complete. */
bool rom_extract_has_room(const struct rom_extractor *x, uint64_t len);
/* How many descriptors there are for files that are being written. */
unsigned rom_extract_descriptors(void);
/* The state and the counts of an origin; valid until a new origin is added. */
struct origin_state *rom_extract_origin(
	struct rom_extractor *x, const struct rom_origin *origin);
struct rom_extract_counts *rom_extract_count(
	struct rom_extractor *x, const struct rom_origin *origin);
/* Takes ownership of t. If its status is set, it is only reported. True: it is
 * a directory, which was created and is now the current one. */
bool rom_extract_put(struct rom_extractor *x, struct task *t);
/* Writes or defers a regular file whose members are filled. */
void rom_extract_put_regular(struct rom_extractor *x, struct task *t);

/* parents.c: a reference to the directory for path (in the dump, below the
 * target; no name in it is empty), which is created if it is missing. NULL
 * with err. */
struct tree_dir *rom_extract_parent(struct rom_extractor *x, const char *path,
	size_t len, struct rom_err *err);
/* Creates t's directory and makes it the current one. An error is stored in
 * t. */
void rom_extract_enter(struct rom_extractor *x, struct task *t);

/* naming.c: finds names that are not in use, or that an earlier run used for
 * the same file */
struct naming *rom_naming_new(struct rom_out *out);
void rom_naming_free(struct naming *n);
/* Changes name (ROM_NAME_MAX + 1 bytes) to one that was not used in dir before,
 * with a number if necessary. Names are assigned in the order of the files, so
 * they do not depend on which thread finishes first. */
void rom_naming_give(struct naming *n, struct tree_dir *dir, char *name);
/* The same for a directory on the path of a file: all files below it get the
 * same name for it. */
void rom_naming_give_shared(struct naming *n, struct tree_dir *dir, char *name);
/* The result of trying a name in the output. */
enum rom_taken {
	ROM_TAKEN_FREE,	 /* it was free, and is now used */
	ROM_TAKEN_SAME,	 /* an earlier run wrote the same file there */
	ROM_TAKEN_OTHER, /* something else has it: try another name */
	ROM_TAKEN_ERROR,
};
/* Tries to use a name. earlier: an existing file of this name may be from an
 * earlier run, and was not claimed in this one yet. */
typedef enum rom_taken (*rom_take_fn)(
	void *ctx, const char *name, bool earlier);
/* Tries name, name~2, name~3, ... in directory (as written) until take returns
 * anything but ROM_TAKEN_OTHER, and stores the one used in name (ROM_NAME_MAX +
 * 1 bytes). Any thread may call, but not two at once for the same name in the
 * same directory. */
enum rom_taken rom_naming_find(struct naming *n, const char *directory,
	char *name, rom_take_fn take, void *ctx);
/* The same for a directory that may be used more than once: starts with the
 * name itself and remembers nothing. */
enum rom_taken rom_naming_find_shared(
	const char *name, char *ret, rom_take_fn take, void *ctx);

/* ring.c: adds a task, which the ring then owns. state: TASK_QUEUED to have it
 * copied, TASK_DONE to have it only reported. */
void rom_ring_put(
	struct rom_extractor *x, struct task *t, enum task_state state);
/* Waits for tasks, oldest first, and reports them, until at most left
 * remain. */
void rom_ring_drain(struct rom_extractor *x, uint64_t left);
/* Starts and stops the threads; stopping drains the ring. */
void rom_ring_start(struct rom_extractor *x);
void rom_ring_stop(struct rom_extractor *x);

/* outcome.c: adds a finished task to counts, notes and logs, and frees it */
void rom_extract_report(struct rom_extractor *x, struct task *t);

/* links.c: files with several names */
/* Makes t a hard link to the name that was written before. False when there is
 * none yet, or the output cannot link. */
bool rom_link_to_first(struct rom_extractor *x, struct task *t);
/* True when the first name of t is deferred to the pass, so that t has to wait
 * as well. */
bool rom_link_waits(struct rom_extractor *x, const struct task *t);
/* Record that t was deferred to the pass, or was written. */
void rom_link_set_deferred(struct rom_extractor *x, const struct task *t);
void rom_link_set_written(struct rom_extractor *x, const struct task *t);
void rom_link_first_free(void *first);

/* ---- files that are written by the pass ("ride" it) ---------------------- */

/* spool.c: the spool file with the records of deferred files. */
struct spool {
	struct rom_out_file *file; /* NULL: still empty */
	FILE *stream;
	uint64_t len;
};
/* Appends a record of t: path, name, directory, inode, map, runs, evidence and
 * attributes. *ret is its offset. */
enum rom_status rom_spool_put(struct spool *s, struct rom_out *out,
	const struct task *t, uint64_t *ret, struct rom_err *err);
/* Has to be called between the last put and the first get. */
enum rom_status rom_spool_flush(struct spool *s, struct rom_err *err);
/* Reads the record at offset back, with directory set instead of dir. Any
 * thread may call. */
enum rom_status rom_spool_get(const struct spool *s, uint64_t offset,
	struct task *ret, struct rom_err *err);
void rom_spool_close(struct spool *s);

/* ride.c */
void rom_ride_open(struct rom_extractor *x);
/* True when the pass will read all bytes of t in order; fills t->runs. */
bool rom_ride_takes(const struct rom_extractor *x, struct task *t);
/* Defers t until the pass reads its bytes; takes ownership of t. */
void rom_ride_put(struct rom_extractor *x, struct task *t);
/* Defers t until the pass is over. */
void rom_ride_put_late(struct rom_extractor *x, struct task *t);
/* After the pass: writes the files that it could not, then finishes the
 * directories. */
void rom_ride_finish(struct rom_extractor *x);

/* ---- writing a file ------------------------------------------------------ */

/* file_content.c: what is kept of a file's bytes to know what it is. Begins as
 * zeros. */
struct content_watch {
	uint8_t byte;  /* the first one */
	bool mixed;    /* others follow, or it is neither 00 nor FF */
	uint64_t seen; /* end of the last piece */
	uint8_t tail[8];
	size_t tail_len;
};

/* file_writer.c: writes a file that arrives piece by piece, in order. An error
 * is stored in the status of the task; pieces after it are ignored. */
struct file_writer {
	struct task *t;
	struct rom_extractor *x;
	struct rom_digest *digest[ROM_HASH_COUNT]; /* NULL: not wanted */
	bool hashing;
	struct rom_out_file *file; /* NULL: it could not be created */
	char temp[ROM_TEMP_NAME];
	uint64_t hashed; /* bytes of the file that the digests have seen */
	/* up to here the current extent is shared and need not be written */
	uint64_t shared_to;
	size_t head_size; /* how many first bytes are kept */
	struct content_watch content;
};
/* Creates the file and writes the inline data of the inode. */
void rom_file_begin(
	struct file_writer *w, struct task *t, struct rom_extractor *x);
/* Called before the first piece of an extent, which is at offset image of from:
 * shares what can be shared. Returns how many bytes of the extent need not be
 * passed as pieces. */
uint64_t rom_file_share(struct file_writer *w, struct rom_image *from,
	uint64_t image, const struct rom_extent *e);
void rom_file_piece(struct file_writer *w, const uint8_t *data, size_t len,
	uint64_t offset);
/* Writes the next piece of each of n files: at most ROM_DIGEST_MANY, and more
 * than one only where rom_digest_has_many. */
struct file_piece {
	struct file_writer *w;
	const uint8_t *data;
	size_t len;
	uint64_t offset; /* in the file */
};
void rom_file_pieces(const struct file_piece *pieces, size_t n);
/* file_content.c: sees the next piece; sets the content of the task when all
 * is written, before the file is closed. */
void rom_content_watch(struct content_watch *c, const struct file_piece *p);
void rom_content_decide(struct file_writer *w);
/* These bytes could not be read: they remain zeros, and the file is damaged. */
void rom_file_lost(struct file_writer *w, uint64_t offset, uint64_t len);
/* Moves the file to its directory; fills digests and name of the task. Removes
 * it after an error. */
void rom_file_end(struct file_writer *w);

/* file_copy.c: copies one file separately, piece by piece. Fills digests, lost
 * ranges, copy, name, status of its task. */
enum {
	/* small enough that a few stay in the processor's cache between
	   reading, hashing and writing */
	ROM_EXTRACT_BUF = 512 << 10
};
struct file_copy {
	struct file_writer w;
	uint8_t *buf;		/* ROM_EXTRACT_BUF bytes, on a page */
	size_t extent;		/* index of the extent being read */
	struct rom_image *from; /* the image that holds its bytes; NULL: none */
	/* its offset in from, and how many of its bytes have been read */
	uint64_t image, off;
};
void rom_file_copy_begin(struct file_copy *c, struct rom_extractor *x,
	struct task *t, uint8_t *buf);
/* How many bytes the next piece may have. 0: the file is complete or has
 * failed, and rom_file_end(&c->w) has to be called. */
size_t rom_file_copy_ready(struct file_copy *c);
/* Reads the next len bytes into buf. */
void rom_file_copy_read(
	struct file_copy *c, size_t len, struct file_piece *ret);

#endif
