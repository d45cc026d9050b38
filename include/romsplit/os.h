/* SPDX-License-Identifier: MIT */
/*
 * os.h - the functions that differ between systems: directories, files,
 * terminal, signals, machine
 *
 * No other module uses descriptors or system calls. A function that can fail
 * returns NULL, false or -1 with the reason in errno, so that every message
 * ends in strerror(errno).
 *
 * Where a parameter is a directory, NULL stands for the working directory; the
 * name is then a path as the user gave it. Below a directory, a name may be a
 * relative path ("media/0/a.jpg") only where that is stated.
 */
#ifndef ROMSPLIT_OS_H
#define ROMSPLIT_OS_H

#include "romsplit/base.h"

/* ---- what a name stands for ---------------------------------------------- */

/* The type of a directory entry. */
enum rom_entry_type {
	ROM_ENTRY_FILE,
	ROM_ENTRY_DIRECTORY,
	ROM_ENTRY_LINK,	  /* symbolic */
	ROM_ENTRY_DEVICE, /* block device: a disk */
	ROM_ENTRY_OTHER,
};

/* Type, size and identity of a file or directory. */
struct rom_entry {
	enum rom_entry_type type;
	uint64_t size; /* 0 unless it is a file or device */
	/* as stored, which may be coarser than what was set */
	struct rom_time mtime;
	/* identify the filesystem and the object in it: two names with equal
	 * values are the same file or directory */
	uint64_t volume, id;
};

/* True when both are the same file or directory. */
bool rom_entry_is_same(const struct rom_entry *a, const struct rom_entry *b);

/* True when something exists at path; links are followed. */
bool rom_path_exists(const char *path);
bool rom_path_is_directory(const char *path);
/* A regular file; links are followed. */
bool rom_path_is_file(const char *path);
/* The absolute path of path, without links, "." and "..". NULL with errno. The
 * caller frees it. */
char *rom_path_real(const char *path);

/* ---- directories --------------------------------------------------------- */

/* An open directory. Operations stay inside it, even when somebody renames it
 * or replaces it by a link. Safe for concurrent use. */
struct rom_dir;

/* Creates path and its missing parents. True when it exists, whether created
 * now or before. On failure errno is that of the first parent that could not be
 * created. */
bool rom_dir_make_path(const char *path);
/* Opens the directory at path; links are followed, since the user named it. */
struct rom_dir *rom_dir_open(const char *path);
/* Opens the directory name in dir, which may be a relative path; no link is
 * followed in any component. "" opens dir again. */
struct rom_dir *rom_dir_open_below(struct rom_dir *dir, const char *name);
/* As rom_dir_open_below for a single component, but creates the directory when
 * it is missing. */
struct rom_dir *rom_dir_enter(struct rom_dir *dir, const char *name);
/* Takes one more reference, to be dropped with rom_dir_close; returns dir. */
struct rom_dir *rom_dir_ref(struct rom_dir *dir);
/* Drops a reference; the last one closes the directory. NULL is allowed. errno
 * is preserved. */
void rom_dir_close(struct rom_dir *dir);
/* For ROM_AUTO_DIR: closes *dir and sets it to NULL. */
void rom_dir_closep(struct rom_dir **dir);
#define ROM_AUTO_DIR __attribute__((cleanup(rom_dir_closep)))

/* Creates the directory name in dir. errno is EEXIST when the name exists.
 * mode: 0700, 0777, ..., less the user's umask; ignored where the system has no
 * modes. */
bool rom_dir_make(struct rom_dir *dir, const char *name, unsigned mode);
/* Removes an empty directory. */
bool rom_dir_remove(struct rom_dir *dir, const char *name);
/* Removes any entry except a directory. name may be a relative path. */
bool rom_dir_unlink(struct rom_dir *dir, const char *name);

/* Renames name in from to to_name in to, atomically. Names may be relative
 * paths. Replaces an existing file. */
bool rom_dir_rename(struct rom_dir *from, const char *name, struct rom_dir *to,
	const char *to_name);
/* As rom_dir_rename, but never replaces: errno is EEXIST when to_name exists.
 * Where the filesystem cannot do that atomically, it uses a hard link; where it
 * has none either (FAT and exFAT by FUSE, some network shares), it reserves the
 * name with an empty file and replaces that. */
bool rom_dir_rename_new(struct rom_dir *from, const char *name,
	struct rom_dir *to, const char *to_name);
/* Makes to_name in to a hard link to the file name in from. Names may be
 * relative paths. Never replaces an existing name. */
bool rom_dir_link(struct rom_dir *from, const char *name, struct rom_dir *to,
	const char *to_name);
/* Creates name in dir as a symbolic link to target. Never replaces an existing
 * name. */
bool rom_dir_symlink(struct rom_dir *dir, const char *name, const char *target);
/* The target of a symbolic link; NULL with errno. The caller frees it. */
char *rom_dir_readlink(struct rom_dir *dir, const char *name);

/* Describes name in dir; a link itself, not its target. name may be a relative
 * path. */
bool rom_dir_stat(struct rom_dir *dir, const char *name, struct rom_entry *ret);
/* Describes dir itself. */
bool rom_dir_stat_self(struct rom_dir *dir, struct rom_entry *ret);
/* Whether the directory belongs to whom this program runs as; true where the
 * system has no owners. */
bool rom_dir_is_own(struct rom_dir *dir);
/* True when this program runs as root, and dir belongs to a user who is neither
 * root nor the one that became root by sudo. */
bool rom_dir_is_foreign(struct rom_dir *dir);
/* Calls fn with each name in dir except "." and "..", until it returns false.
 * fn may remove the name. False with errno when the directory cannot be
 * read. */
typedef bool (*rom_dir_fn)(void *ctx, const char *name);
/* See rom_dir_fn. */
bool rom_dir_list(struct rom_dir *dir, rom_dir_fn fn, void *ctx);

/* Free bytes for this user on the filesystem of dir; UINT64_MAX where
 * unknown. */
uint64_t rom_dir_free_bytes(struct rom_dir *dir);
/* Bytes of the largest file that the filesystem of dir takes, where that is
 * known to be small (FAT); else UINT64_MAX. */
uint64_t rom_dir_max_file(struct rom_dir *dir);
/* Which names dir takes. Tested by creating files in dir. */
enum rom_name_rules rom_dir_name_rules(struct rom_dir *dir);
/* True when "A" and "a" are the same name in dir. Tested by creating a file in
 * dir. */
bool rom_dir_ignores_case(struct rom_dir *dir);
/* Waits until everything written to the filesystem of dir is on the disk. */
bool rom_dir_sync(struct rom_dir *dir);
/* Asks the filesystem to spread the directories created in dir over the disk.
 * Ignored where unsupported. */
void rom_dir_spread(struct rom_dir *dir);

/* ---- mode, owner, times -------------------------------------------------- */

/* Mode, owner and times to set on a file or directory. */
struct rom_meta {
	unsigned mode; /* 07777; ignored for links */
	uint32_t uid, gid;
	/* the times are known; else the present ones stay */
	bool has_times;
	struct rom_time atime, mtime;
};

/* Sets as much of it as the system and the user's rights allow; the owner only
 * if the user may change owners. False when something was refused, which most
 * callers ignore: the manifest has all of it. */
bool rom_dir_set_meta(struct rom_dir *dir, const struct rom_meta *meta);
/* As rom_dir_set_meta, for a symbolic link. */
bool rom_dir_set_link_meta(
	struct rom_dir *dir, const char *name, const struct rom_meta *meta);

/* ---- files of the output ------------------------------------------------- */

/* A file of the output, being written or read back. Only one thread at a time
 * may write. */
struct rom_out_file;
/* A dump, see below. */
struct rom_in_file;

/* Creates an empty file in dir and opens it for reading and writing. errno is
 * EEXIST when the name exists. name may be a relative path. mode: 0600, 0666,
 * ..., less the user's umask; ignored where the system has no modes. */
struct rom_out_file *rom_out_file_create(
	struct rom_dir *dir, const char *name, unsigned mode);
/* As rom_out_file_create, but truncates an existing file, which must not be a
 * link. */
struct rom_out_file *rom_out_file_create_over(
	struct rom_dir *dir, const char *name, unsigned mode);
/* Opens an existing file for reading. A link as the last component is not
 * followed, and opening never blocks; rom_out_file_stat reports whether it is a
 * regular file. name may be a relative path. */
struct rom_out_file *rom_out_file_open(struct rom_dir *dir, const char *name);
/* Closes and frees file. False with errno when something written could not be
 * stored. NULL is allowed. */
bool rom_out_file_close(struct rom_out_file *file);

/* Opens a stream that writes to file from its current position, initially its
 * start. It belongs to file: rom_out_file_close closes it, and returns false
 * when any of its writes failed. One per file; call fflush before
 * rom_out_file_read reads the bytes. NULL with errno. */
FILE *rom_out_file_stream(struct rom_out_file *file);

/* Reads up to len bytes at offset. Returns how many, 0 at the end of the file,
 * -1 with errno. */
int64_t rom_out_file_read(
	struct rom_out_file *file, void *buf, size_t len, uint64_t offset);
/* Writes up to len bytes at offset. Returns how many, or -1 with errno. */
int64_t rom_out_file_write(struct rom_out_file *file, const void *buf,
	size_t len, uint64_t offset);
/* As rom_out_file_write, but bypasses the page cache. offset and len are
 * multiples of ROM_DIRECT_BLOCK, buf of ROM_DIRECT_SECTOR. errno is EINVAL or
 * EOPNOTSUPP where the filesystem or the system does not support it. */
enum {
	ROM_DIRECT_BLOCK = 4096, /* of the file */
	ROM_DIRECT_SECTOR = 512, /* of memory */
};
/* See above. */
int64_t rom_out_file_write_direct(struct rom_out_file *file, const void *buf,
	size_t len, uint64_t offset);
/* Sets the size of the file; added bytes are a hole where the filesystem
 * supports holes. */
bool rom_out_file_set_size(struct rom_out_file *file, uint64_t size);
/* Makes range.len bytes at offset share the blocks of range in from, without
 * copying. False, with nothing changed, where the filesystem does not support
 * it. */
bool rom_out_file_share(struct rom_out_file *file, uint64_t offset,
	const struct rom_in_file *from, struct rom_range range);
/* Waits until the file is on the disk. */
bool rom_out_file_sync(struct rom_out_file *file);

/* Describes the file. False with errno. */
bool rom_out_file_stat(struct rom_out_file *file, struct rom_entry *ret);
/* As rom_dir_set_meta. */
bool rom_out_file_set_meta(
	struct rom_out_file *file, const struct rom_meta *meta);
/* Sets an extended attribute. False where the filesystem, the system or the
 * user's rights refuse. */
bool rom_out_file_set_xattr(struct rom_out_file *file, const char *name,
	const void *value, size_t len);

/* ---- dumps --------------------------------------------------------------- */

/* A file or block device open for reading, by any thread. Cached parts are read
 * from the page cache; a large uncached piece bypasses it, since a dump is read
 * once; a small one is read with its surroundings. */
struct rom_in_file;

/* Opens anything readable, without blocking; links are followed.
 * rom_in_file_entry reports what it is. */
struct rom_in_file *rom_in_file_open(const char *path);
/* Closes the file. NULL is allowed. */
void rom_in_file_close(struct rom_in_file *file);
/* Type and size; for a device the size of the device. */
const struct rom_entry *rom_in_file_entry(const struct rom_in_file *file);
/* Reads up to len bytes at offset. Returns how many, 0 at the end of the file,
 * -1 with errno. Large pieces are fastest at multiples of ROM_DIRECT_BLOCK,
 * into memory of rom_alloc_pages. */
int64_t rom_in_file_read(
	struct rom_in_file *file, void *buf, size_t len, uint64_t offset);
/* How many of the len bytes at offset (at least one, inside the file) are of
 * one kind: *hole is true when they are a hole. Where the filesystem does not
 * report holes, everything is data. */
uint64_t rom_in_file_map(const struct rom_in_file *file, uint64_t offset,
	uint64_t len, bool *hole);
/* How many bytes of the range are in the page cache, in whole pages; 0 where
 * the system does not report it. */
uint64_t rom_in_file_cached(
	const struct rom_in_file *file, uint64_t offset, uint64_t len);

/* ---- terminal, signals, process, machine --------------------------------- */

/* True when the stream is a terminal. */
bool rom_is_terminal(FILE *stream);
/* Asks on the controlling terminal, wherever the standard streams point, and
 * reads one line without echo: at most size bytes, without the line end;
 * *ret_len is 0 when it could not be read. No copy stays in memory except in
 * buf. False when there is no terminal. */
bool rom_terminal_ask(
	const char *question, char *buf, size_t size, size_t *ret_len);

/* From now on the first termination signal (Ctrl-C, SIGTERM) sets *stop to 1,
 * and the second one ends the program. Exceeding the file size limit becomes a
 * write error instead of a signal. Call once per process. */
void rom_signals_stop(volatile int *stop);

/* Protects secrets in memory: from now on no core dump is written, and no other
 * process of the user may read this one. */
void rom_process_protect(void);
/* Reads at most size bytes of the file at path (NULL: standard input) into buf,
 * without a copy in a stdio buffer. False with errno. */
bool rom_read_secret(const char *path, void *buf, size_t size, size_t *ret_len);

/* Number of processors that this program may use; at least 1. */
unsigned rom_machine_processors(void);
/* Size of the memory in bytes; 0: unknown. */
uint64_t rom_machine_memory(void);
/* How many files this program may have open at a time, after raising the limit
 * as far as the system allows. */
unsigned rom_machine_open_files(void);

#endif
