/* SPDX-License-Identifier: MIT */
/*
 * os.h - what differs from system to system: directories, files, terminal,
 * signals, machine
 *
 * Nobody above this module knows descriptors or calls of one system. A function
 * that can fail returns NULL, false or -1, and errno then says why, in the
 * values of <errno.h>, so that every message ends in strerror(errno).
 *
 * Where a parameter is a directory, NULL stands for the working directory: the
 * name is a path then, as the user gave it. Below a directory, a name may have
 * several parts ("media/0/a.jpg") only where that is said.
 */
#ifndef ROMSPLIT_OS_H
#define ROMSPLIT_OS_H

#include "romsplit/base.h"

/* ---- what a name stands for ---------------------------------------------- */

/* What kind of thing a name stands for. */
enum rom_entry_type {
	ROM_ENTRY_FILE,
	ROM_ENTRY_DIRECTORY,
	ROM_ENTRY_LINK,	  /* symbolic */
	ROM_ENTRY_DEVICE, /* that holds blocks: a disk */
	ROM_ENTRY_OTHER,
};

/* What a name stands for. */
struct rom_entry {
	enum rom_entry_type type;
	uint64_t size; /* 0 for what is neither file nor device */
	/* as the filesystem keeps it, which may be coarser than it was set */
	struct rom_time mtime;
	/* the filesystem, and the object in it: two names with both the same
	 * are one file or directory */
	uint64_t volume, id;
};

/* True when both are one file or directory. */
bool rom_entry_is_same(const struct rom_entry *a, const struct rom_entry *b);

/* Whether something is at path; links are followed. */
bool rom_path_exists(const char *path);
bool rom_path_is_directory(const char *path);
/* The absolute path of what is at path, without links, "." and "..". NULL with
 * errno; freed by the caller. */
char *rom_path_real(const char *path);

/* ---- directories --------------------------------------------------------- */

/* A directory that is open. What is done in it stays in it, even when somebody
 * renames it or puts a link in its place. Any thread may use it. */
struct rom_dir;

/* Makes path and what is missing of the directories above it. True when it is
 * there, made now or before. A directory above that cannot be made is the
 * reason given. */
bool rom_dir_make_path(const char *path);
/* Opens the directory at path; links are followed, the user named it. */
struct rom_dir *rom_dir_open(const char *path);
/* Opens the directory name in dir, which may have several parts; no link is
 * followed in any of them. "": dir once more. */
struct rom_dir *rom_dir_open_below(struct rom_dir *dir, const char *name);
/* The same of one part, and makes the directory unless it is there. */
struct rom_dir *rom_dir_enter(struct rom_dir *dir, const char *name);
/* One more owner, who closes it too; returns dir. */
struct rom_dir *rom_dir_ref(struct rom_dir *dir);
/* The last owner's call closes it. NULL is fine. errno stays. */
void rom_dir_close(struct rom_dir *dir);
/* For ROM_AUTO_DIR: closes *dir and sets it to NULL. */
void rom_dir_closep(struct rom_dir **dir);
#define ROM_AUTO_DIR __attribute__((cleanup(rom_dir_closep)))

/* Makes the directory name in dir. errno is EEXIST when something of that name
 * is there. mode: 0700, 0777, ..., less the user's umask; left out where the
 * system has no modes. */
bool rom_dir_make(struct rom_dir *dir, const char *name, unsigned mode);
/* Removes an empty directory. */
bool rom_dir_remove(struct rom_dir *dir, const char *name);
/* Removes any name but a directory's. name may have several parts. */
bool rom_dir_unlink(struct rom_dir *dir, const char *name);

/* Gives what is called name in from the name to_name in to, in one step. Names
 * may have several parts. Replaces a file that is there. */
bool rom_dir_rename(struct rom_dir *from, const char *name, struct rom_dir *to,
	const char *to_name);
/* Never replaces: errno is EEXIST when to_name is taken. Where the filesystem
 * cannot do that in one step, by a hard link; where it has none either (FAT and
 * exFAT by FUSE, some network shares), by an empty file that takes the name and
 * is replaced then. */
bool rom_dir_rename_new(struct rom_dir *from, const char *name,
	struct rom_dir *to, const char *to_name);
/* Makes to_name in to a second name of the file called name in from. Names may
 * have several parts. Never replaces, as above. */
bool rom_dir_link(struct rom_dir *from, const char *name, struct rom_dir *to,
	const char *to_name);
/* Makes name in dir a symbolic link to target. Never replaces, as above. */
bool rom_dir_symlink(struct rom_dir *dir, const char *name, const char *target);
/* The target of a symbolic link, freed by the caller; NULL with errno. */
char *rom_dir_readlink(struct rom_dir *dir, const char *name);

/* What name in dir is; a link itself, not what it leads to. name may have
 * several parts. */
bool rom_dir_stat(struct rom_dir *dir, const char *name, struct rom_entry *ret);
/* What dir itself is. */
bool rom_dir_stat_self(struct rom_dir *dir, struct rom_entry *ret);
/* Whether the directory belongs to whom this program runs as; true where the
 * system has no owners. */
bool rom_dir_is_own(struct rom_dir *dir);
/* True when this program runs as root, and dir belongs to a user who is neither
 * root nor the one that became root by sudo. */
bool rom_dir_is_foreign(struct rom_dir *dir);
/* Calls fn with each name in dir but "." and "..", until it returns false. fn
 * may remove the name. False when the directory cannot be read. */
typedef bool (*rom_dir_fn)(void *ctx, const char *name);
/* See rom_dir_fn. */
bool rom_dir_list(struct rom_dir *dir, rom_dir_fn fn, void *ctx);

/* Bytes that this user can still write on the filesystem of dir; UINT64_MAX
 * where that cannot be told. */
uint64_t rom_dir_free_bytes(struct rom_dir *dir);
/* Whether files of dir cannot have names that FAT and Windows refuse. Tries,
 * with a file in dir. */
bool rom_dir_is_strict(struct rom_dir *dir);
/* Whether "A" and "a" are one name in dir. Tries, with a file in dir. */
bool rom_dir_ignores_case(struct rom_dir *dir);
/* Waits until all that was written on the filesystem of dir is on the disk. */
bool rom_dir_sync(struct rom_dir *dir);
/* Asks the filesystem to lay the directories that are made in dir far apart.
 * One that does not know of it does nothing. */
void rom_dir_spread(struct rom_dir *dir);

/* ---- mode, owner, times -------------------------------------------------- */

/* Mode, owner and times that a file or directory is to get. */
struct rom_meta {
	unsigned mode; /* 07777; not used of links */
	uint32_t uid, gid;
	struct rom_time atime, mtime;
};

/* Sets what the system has of it, as far as it lets this user; the owner only
 * if the user may give files away. Returns false when something was refused,
 * which most callers do not mind: the manifest has all of it. */
bool rom_dir_set_meta(struct rom_dir *dir, const struct rom_meta *meta);
/* The same of a symbolic link. */
bool rom_dir_set_link_meta(
	struct rom_dir *dir, const char *name, const struct rom_meta *meta);

/* ---- files of the output ------------------------------------------------- */

/* A file that is written, or read again. One thread at a time may write. */
struct rom_out_file;
/* A dump, see below. */
struct rom_in_file;

/* A new, empty file in dir, open for reading and writing. errno is EEXIST when
 * something of that name is there. name may have several parts. mode: 0600,
 * 0666, ..., less the user's umask; left out where the system has no modes. */
struct rom_out_file *rom_out_file_create(
	struct rom_dir *dir, const char *name, unsigned mode);
/* The same, but empties a file that is there. It must not be a link. */
struct rom_out_file *rom_out_file_create_over(
	struct rom_dir *dir, const char *name, unsigned mode);
/* What is there, to be read. No link is followed at the end of the name, and
 * nothing is waited for; whether it is a file, rom_out_file_stat tells. name
 * may have several parts. */
struct rom_out_file *rom_out_file_open(struct rom_dir *dir, const char *name);
/* False with errno when something that was written could not be kept; file is
 * gone in any case. NULL is fine. */
bool rom_out_file_close(struct rom_out_file *file);

/* A stream that writes to file from where it is (its start, in the beginning).
 * It belongs to file: rom_out_file_close closes it and returns false when any
 * of its writes failed. One for each file; call fflush before the bytes are
 * read by rom_out_file_read. NULL with errno. */
FILE *rom_out_file_stream(struct rom_out_file *file);

/* Reads up to len bytes at offset: returns how many, 0 at the end of the file,
 * -1 with errno. */
int64_t rom_out_file_read(
	struct rom_out_file *file, void *buf, size_t len, uint64_t offset);
/* Writes up to len bytes at offset: returns how many, -1 with errno. */
int64_t rom_out_file_write(struct rom_out_file *file, const void *buf,
	size_t len, uint64_t offset);
/* The same, past the page cache. offset, len and buf are multiples of
 * ROM_DIRECT_BLOCK and ROM_DIRECT_SECTOR. errno is EINVAL or EOPNOTSUPP where
 * the filesystem or the system cannot. */
enum {
	ROM_DIRECT_BLOCK = 4096, /* of the file */
	ROM_DIRECT_SECTOR = 512, /* of memory */
};
/* See above. */
int64_t rom_out_file_write_direct(struct rom_out_file *file, const void *buf,
	size_t len, uint64_t offset);
/* Gives the file its size; what is new is a hole where the filesystem has
 * holes. */
bool rom_out_file_set_size(struct rom_out_file *file, uint64_t size);
/* Makes range.len bytes at offset the same blocks as range of from, without
 * copying them. False, and nothing is changed, where the filesystem cannot. */
bool rom_out_file_share(struct rom_out_file *file, uint64_t offset,
	const struct rom_in_file *from, struct rom_range range);
/* Waits until the file is on the disk. */
bool rom_out_file_sync(struct rom_out_file *file);

/* What the file is now. False with errno. */
bool rom_out_file_stat(struct rom_out_file *file, struct rom_entry *ret);
/* As rom_dir_set_meta. */
bool rom_out_file_set_meta(
	struct rom_out_file *file, const struct rom_meta *meta);
/* False where the filesystem, the system or the user's rights refuse. */
bool rom_out_file_set_xattr(struct rom_out_file *file, const char *name,
	const void *value, size_t len);

/* ---- dumps --------------------------------------------------------------- */

/* A file or block device that is only read, by any thread. What the page cache
 * has comes from there; a large piece that it has not is read past it, for a
 * dump is read once; a small one comes with its neighbours. */
struct rom_in_file;

/* Opens anything that can be read, and does not wait for it; links are
 * followed. Ask rom_in_file_entry what it is. */
struct rom_in_file *rom_in_file_open(const char *path);
/* NULL is fine. */
void rom_in_file_close(struct rom_in_file *file);
/* What it is, and its size, which is that of the device for one. */
const struct rom_entry *rom_in_file_entry(const struct rom_in_file *file);
/* Reads up to len bytes at offset: returns how many, 0 at the end of the file,
 * -1 with errno. Large pieces are quickest at multiples of ROM_DIRECT_BLOCK,
 * into memory of rom_alloc_pages. */
int64_t rom_in_file_read(
	struct rom_in_file *file, void *buf, size_t len, uint64_t offset);
/* How many of the len bytes at offset (at least one, inside of the file) are
 * of one kind: *hole tells whether nothing is stored of them. All of a file is
 * data where the filesystem does not tell. */
uint64_t rom_in_file_map(const struct rom_in_file *file, uint64_t offset,
	uint64_t len, bool *hole);
/* How many bytes of the range the page cache has, in whole pages; 0 where the
 * system does not tell. */
uint64_t rom_in_file_cached(
	const struct rom_in_file *file, uint64_t offset, uint64_t len);

/* ---- terminal, signals, process, machine --------------------------------- */

/* Whether a person reads the stream. */
bool rom_is_terminal(FILE *stream);
/* Characters in a line of the terminal; 0: not known, or it is none. */
unsigned rom_terminal_width(FILE *stream);
/* Asks on the terminal, whatever the standard streams are, and reads one line
 * without echo: at most size bytes of it, without its end; *ret_len is 0 when
 * it could not be read. Nothing of it stays in memory but in buf. False when
 * there is no terminal. */
bool rom_terminal_ask(
	const char *question, char *buf, size_t size, size_t *ret_len);

/* From now on the first signal to end (Ctrl-C, SIGTERM) sets *stop to 1, and a
 * second one ends the program. A file that grows too large is an error of
 * writing, not a signal. Once for each process. */
void rom_signals_stop(volatile int *stop);

/* The memory will hold secrets: from now on no core of it is written, and no
 * other process of the user may look into it. */
void rom_process_protect(void);
/* Reads at most size bytes of the file at path (NULL: standard input) into buf,
 * with no copy of them in a buffer of stdio. False with errno. */
bool rom_read_secret(const char *path, void *buf, size_t size, size_t *ret_len);

/* Processors that this program may use; at least 1. */
unsigned rom_machine_processors(void);
/* Bytes; 0: not known. */
uint64_t rom_machine_memory(void);
/* How many files this program may have open at a time; asks the system for as
 * many as it gives. */
unsigned rom_machine_open_files(void);

#endif
