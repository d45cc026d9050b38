/* SPDX-License-Identifier: MIT */
/* extract_priv.h - what the files of the extraction share */
#ifndef ROMSPLIT_EXTRACT_PRIV_H
#define ROMSPLIT_EXTRACT_PRIV_H

#include <pthread.h>

#include "romsplit/extract.h"

struct tree_link {
	char *name, *target;
	struct rom_inode inode;
};

/* A folder of the output that is being filled. The last one to let go of it
 * makes its symlinks and sets its mode and times: by then all that lies in it
 * is there. */
struct tree_dir {
	struct tree_dir *parent;
	struct rom_dir *open;
	int refs;
	/* the root belongs to the user: its mode and times stay */
	bool keep_meta;
	bool drop_empty;
	bool owns; /* opened again: closed although it has no parent */
	/* its mode and times are set when a pass has brought its files */
	bool late;
	char *name; /* in parent; NULL for the root */
	struct rom_inode inode;
	char *path; /* as written, below the output folder; "" for the root */
	ROM_VEC(struct tree_link) links;
	/* counts symlinks that the output refused; of the whole tree */
	uint64_t *unmade;
};

struct tree_xattr {
	char *name;
	uint8_t *value;
	size_t len;
};

enum task_state { TASK_FREE, TASK_QUEUED, TASK_RUNNING, TASK_DONE };

/* One entry on its way: read by the walker, copied by a worker, told of in the
 * manifest. */
struct task {
	enum task_state state;
	struct tree_dir *dir; /* held */
	/* true bytes, below the tree's root, with path_len */
	char *path;
	size_t path_len;
	char name[256]; /* as written in dir; empty: not written */
	struct rom_inode inode;
	struct rom_file_map map;
	char *target; /* of a symlink */
	size_t target_len;
	char *link_to; /* written as a second link to this path */
	ROM_VEC(struct tree_xattr) xattrs;
	bool has_sha256;
	uint8_t sha256[ROM_SHA256_LEN];
	/* MD5 and SHA-1; SHA-256 has its own place */
	bool has_sum[ROM_HASH_COUNT];
	uint8_t sum[ROM_HASH_COUNT][ROM_HASH_MAX];
	/* byte ranges of the file that are zeros in place of what was lost */
	ROM_VEC(struct rom_range)
	damage;
	struct rom_copy_stats copy;
	enum rom_status status;
	struct rom_err err;
};

enum { ROM_EXTRACT_RING = 256, ROM_EXTRACT_THREADS = 32 };

/* The name under which a file with several was written, and its sum once that
 * is done. */
struct first_name {
	char *path;
	bool waits; /* for a pass */
	bool written, has_sha256;
	uint8_t sha256[ROM_SHA256_LEN];
};

struct extraction {
	struct rom_fs *fs;
	struct rom_out *out;
	const struct rom_extract_options *options;
	struct rom_report *report;
	struct rom_extract_result *ret;
	struct rom_dir *root; /* that the tree goes to */
	char *prefix;	      /* of options, when they are kept; else NULL */
	struct rom_extract_options kept;
	/* what waits for a pass; NULL: nothing does */
	struct tree_stream *stream;
	bool strict; /* the output refuses what FAT refuses */
	unsigned notes;
	uint64_t unmade; /* symlinks the output refused */
	/* directories walked: one that comes again is a loop or a torn link */
	struct rom_map seen;
	/* inode to struct first_name, of files with several names */
	struct rom_map first;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct task ring[ROM_EXTRACT_RING];
	uint64_t head, start, tail; /* put in, taken by workers, taken off */
	bool ended;
	enum rom_status status; /* why the run ends early */
	struct rom_err err;
	pthread_t threads[ROM_EXTRACT_THREADS];
	unsigned n_threads;
	unsigned in_hand; /* files that a thread copies at a time */
};

/* extract_ring.c: puts a task in, which owns it from now on (TASK_QUEUED: to be
 * copied; TASK_DONE: only told of); takes finished ones off until at most left
 * are in it; threads. */
void rom_extraction_put(
	struct extraction *x, struct task *t, enum task_state state);
void rom_extraction_drain(struct extraction *x, uint64_t left);
void rom_extraction_start(struct extraction *x);
void rom_extraction_stop(struct extraction *x);

/* extract_tell.c: tells of a finished task, and frees what it holds. */
void rom_extraction_report(struct extraction *x, struct task *t);
void rom_task_done(struct task *t);

/* extract.c: a file to be copied now, from its inode on. */
void rom_extraction_put_file(struct extraction *x, struct task *t);
/* The last of it: frees x and returns its status. */
enum rom_status rom_extraction_end(struct extraction *x, struct rom_err *err);

/* task_spool.c */
struct task_spool {
	struct rom_out_file *file;
	FILE *stream; /* of file */
	uint64_t len;
};
enum rom_status rom_spool_open(
	struct task_spool *s, struct rom_out *out, struct rom_err *err);
void rom_spool_close(struct task_spool *s);
/* Path, name, folder, inode, content and attributes of t go in; returns the
 * place to ask for it. Errors show in seal. */
uint64_t rom_spool_put(struct task_spool *s, const struct task *t);
/* Call it between the last put and the first get. */
enum rom_status rom_spool_seal(struct task_spool *s, struct rom_err *err);
/* The path of the folder is freed by the caller; ret has none. */
enum rom_status rom_spool_get(const struct task_spool *s, uint64_t offset,
	struct task *ret, char **ret_folder, struct rom_err *err);

/* stream.c */
/* When the options name a stream: makes x->stream. */
enum rom_status rom_stream_open(struct extraction *x);
/* Whether the pass will bring all its bytes, in order. */
bool rom_stream_takes(const struct extraction *x, const struct task *t);
/* Puts a file aside until its bytes come, or until the pass is over; t is used
 * up. */
void rom_stream_put(struct extraction *x, struct task *t);
void rom_stream_put_late(struct extraction *x, struct task *t);
/* The walk is over: x waits for the pass, and belongs to the stream. */
void rom_stream_keep(struct extraction *x);

/* tree_dir.c */
/* parent NULL: the root, which belongs to the caller; set its unmade before
 * anything is put in. */
struct tree_dir *rom_tree_dir_new(struct tree_dir *parent, struct rom_dir *open,
	const struct rom_inode *inode, const char *name);
struct tree_dir *rom_tree_dir_ref(struct tree_dir *dir);
void rom_tree_dir_unref(struct tree_dir *dir);
struct rom_meta rom_tree_meta(const struct rom_inode *inode);

/* file_writer.c: a file that comes piece by piece, in order. Errors go into the
 * task's status, and what is given to it after one is dropped. */
struct file_writer {
	struct task *t;
	struct rom_out *out;
	struct rom_digest *digest[ROM_HASH_COUNT]; /* NULL: not wanted */
	bool hashing;
	struct rom_out_file *file;
	char temp[ROM_TEMP_NAME];
	uint64_t hashed;    /* bytes of the file that the digests have seen */
	uint64_t shared_to; /* up to here the current extent needs no writing */
};
/* Begins it, with what the inode itself holds. */
void rom_file_begin(struct file_writer *w, struct task *t, struct rom_out *out,
	const struct rom_extract_options *options);
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
/* Gives the file its place; fills sha256 and name of the task. Drops it when
 * there was an error. */
void rom_file_end(struct file_writer *w);

/* extract_file.c: one file on its way out of a filesystem, read piece by piece.
 * Fills sha256, damage, copy, name, status of its task. */
enum {
	/* some stay in the cache between reading, hashing and writing */
	ROM_EXTRACT_BUF = 512 << 10
};
struct file_copy {
	struct file_writer w;
	struct rom_image *data; /* of the filesystem */
	uint8_t *buf;		/* ROM_EXTRACT_BUF bytes, on a page */
	size_t extent;		/* that is being read ... */
	struct rom_image *from; /* where its bytes lie ... */
	/* ... from here; so many of them have been read */
	uint64_t image, off;
};
void rom_file_copy_begin(struct file_copy *c, struct extraction *x,
	struct task *t, uint8_t *buf);
/* How many bytes the next piece may have. 0: there is none, or the file has
 * failed; then rom_file_end(&c->w) is due. */
size_t rom_file_copy_ready(struct file_copy *c);
/* Reads so many of them into buf. */
void rom_file_copy_read(
	struct file_copy *c, size_t len, struct file_piece *ret);

/* manifest.c: one JSON line. root: the path of the tree in the filesystem;
 * base: where the filesystem lies. */
void rom_manifest_line(
	FILE *out, const struct task *t, const char *prefix, uint64_t base);

/* bodyfile.c: one line for mactime. */
void rom_bodyfile_line(FILE *out, const struct task *t, const char *prefix);

#endif
