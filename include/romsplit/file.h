/* SPDX-License-Identifier: MIT */
/*
 * file.h - a file as a value: what it is, where its bytes are, how it was found
 *
 * Directory walks, deleted inodes, carvers and containers produce files;
 * extraction, file logs and the report consume them. Producers and consumers
 * do not know each other.
 */
#ifndef ROMSPLIT_FILE_H
#define ROMSPLIT_FILE_H

#include "romsplit/image.h"

/* A filesystem, see fs.h. */
struct rom_fs;

/* What an inode is. */
enum rom_file_type {
	ROM_FILE_UNKNOWN,
	ROM_FILE_REGULAR,
	ROM_FILE_DIRECTORY,
	ROM_FILE_SYMLINK,
	ROM_FILE_CHAR,
	ROM_FILE_BLOCK,
	ROM_FILE_FIFO,
	ROM_FILE_SOCKET,
};

/* What a filesystem knows of a file beside its names and contents. */
struct rom_inode {
	uint64_t ino;
	enum rom_file_type type;
	uint16_t mode; /* 07777 */
	uint32_t uid, gid, links, major, minor;
	uint64_t size;
	struct rom_time mtime, atime, ctime, crtime;
	bool has_crtime;
	/* fscrypt: content, and for a directory the names in it, are
	 * ciphertext */
	bool encrypted;
	/* fscrypt, and its key is in the keyring: it reads as if it were not
	 * encrypted */
	bool opened;
	uint32_t flags; /* as the filesystem stores them */
	uint32_t generation;
	/* its checksum does not agree: any of this may be wrong */
	bool suspect;
};

/* ---- where its bytes are ------------------------------------------------- */

/* Extents are in order of offset and do not overlap; what none of them covers
 * is a hole. */
enum rom_extent_kind {
	ROM_EXTENT_DATA,
	ROM_EXTENT_ZERO,
	ROM_EXTENT_LOST,
	/* len bytes of the file, compressed at image into fewer */
	ROM_EXTENT_ENCODED,
};

/* One extent of a file: len bytes at offset. */
struct rom_extent {
	uint64_t offset; /* in the file */
	uint64_t len;
	/* where the stored bytes lie in the data image; ROM_EXTENT_DATA and
	 * ROM_EXTENT_ENCODED only */
	uint64_t image;
	enum rom_extent_kind kind;
};

/* Released with rom_vec_done. */
typedef ROM_VEC(struct rom_extent) rom_extents;

/* Where a file's bytes are: at extents of a data image, or in memory when the
 * inode holds them itself. Where the stored bytes are not the file's own
 * (compressed, encrypted), image reads as the file, byte for byte, and extents
 * still tell where the stored bytes lie. */
struct rom_file_map {
	rom_extents extents;
	struct rom_image *image; /* owned; NULL: the data image is read */
	uint8_t *bytes;		 /* owned; NULL when extents tell */
	size_t len;		 /* of bytes */
	uint64_t lost;		 /* bytes of ROM_EXTENT_LOST in extents */
	/* a checksum on the way does not agree: these may be another file's
	 * bytes */
	bool suspect;
};
/* Frees what the map holds and leaves it empty. */
void rom_file_map_done(struct rom_file_map *map);
/* Adds an extent to a file of size bytes. One that follows the last in the
 * file and in the image makes that longer; what reaches past size is cut. */
void rom_file_map_add(
	struct rom_file_map *map, uint64_t size, struct rom_extent e);
/* The image to read an extent from, borrowed, and where in it the extent
 * begins. NULL for zeros and what is lost. data: what extents refer to. */
struct rom_image *rom_file_map_source(const struct rom_file_map *map,
	struct rom_image *data, const struct rom_extent *e,
	uint64_t *ret_offset);
/* Reads len bytes at offset of the file into buf. Holes, what is lost, and
 * what lies past the end read as zeros. Fails as rom_read does. */
enum rom_status rom_file_map_read(struct rom_image *data,
	const struct rom_file_map *map, uint64_t offset, void *buf, size_t len,
	struct rom_err *err);
/* Bytes that are stored somewhere: the size without holes, zeros and what is
 * lost. */
uint64_t rom_file_map_stored(const struct rom_file_map *map);

/* ---- how it was found ---------------------------------------------------- */

/* How a file was found. */
enum rom_provenance {
	ROM_ALLOCATED,	/* a directory names it */
	ROM_UNATTACHED, /* in use, but no directory names it */
	ROM_DELETED,	/* its metadata survived its deletion */
	ROM_CARVED,	/* known by its contents alone */
	ROM_MEMBER,	/* part of a container: boot image, cpio archive */
};

/* How much of the content can be trusted. A file that a directory names is
 * ROM_GRADE_NONE: its lost ranges say what is missing. */
enum rom_grade {
	ROM_GRADE_NONE,
	ROM_GRADE_WHOLE,	/* by its metadata and by its structure */
	ROM_GRADE_WHOLE_CARVED, /* by its structure, in one run */
	ROM_GRADE_ASSEMBLED,	/* several runs, joined by content */
	/* all blocks are its own, the structure fails */
	ROM_GRADE_DAMAGED,
	ROM_GRADE_PARTIAL,   /* some blocks belong to other files by now */
	ROM_GRADE_TRIMMED,   /* the medium has discarded the blocks */
	ROM_GRADE_NAME_ONLY, /* nothing but its name is left */
};

/* How sure it is that the name belongs to the content. */
enum rom_name_grade {
	ROM_NAME_EXACT,
	ROM_NAME_PROBABLE,
	ROM_NAME_NONE, /* it was given a number for a name */
};

/* What the number of a piece of evidence counts. */
enum rom_evidence_kind {
	ROM_EVIDENCE_OFFSET,   /* value: offset in the dump */
	ROM_EVIDENCE_SEQUENCE, /* value: journal sequence, checkpoint version */
	ROM_EVIDENCE_RECORD,   /* value: number of a record, row, directory */
};

/* What led to the file, so that an examiner can repeat the step by hand. */
struct rom_file_evidence {
	enum rom_evidence_kind kind;
	uint64_t value;
	char *text; /* owned */
};

/* What files of one source share. Outlives all of them. */
struct rom_origin {
	/* files of one id share the numbers of their inodes */
	uint32_t id;
	const char *partition; /* its name, for notes; NULL: the whole file */
	struct rom_fs *fs;     /* NULL: not a filesystem */
	/* where the data image of its files begins in the dump; ROM_NO_OFFSET:
	 * it lies in several extents, or is not stored as it reads */
	uint64_t base;
	/* the directory of the output that its tree begins in: "" or
	 * "DCIM/Camera/"; never NULL */
	const char *prefix;
};

/* One extended attribute, by its full name ("user.x"). */
struct rom_xattr {
	char *name;
	uint8_t *value;
	size_t len;
};
/* Released with rom_xattrs_done. */
typedef ROM_VEC(struct rom_xattr) rom_xattrs;
/* Frees names and values, and leaves the list empty. */
void rom_xattrs_done(rom_xattrs *xattrs);

/* One file, wherever it was found. It owns what it points to, but its origin.
 * Begins as zeros; released with rom_file_done. */
struct rom_file {
	char *path; /* raw bytes below the root of the tree, a NUL behind */
	size_t path_len;
	struct rom_inode inode;
	bool has_mtime; /* a carved file may have none */
	struct rom_file_map map;
	/* what map.extents refer to, held; NULL when the map needs none */
	struct rom_image *data;
	char *target; /* of a symlink; owned */
	size_t target_len;
	rom_xattrs xattrs;
	enum rom_provenance provenance;
	enum rom_grade grade;
	enum rom_name_grade name_grade;
	ROM_VEC(struct rom_file_evidence) evidence;
	const struct rom_origin *origin;
};
/* Frees what the file holds and leaves it empty. */
void rom_file_done(struct rom_file *file);
/* Adds a line of evidence; text is freed with the file. */
void rom_file_add_evidence(struct rom_file *file, enum rom_evidence_kind kind,
	uint64_t value, char *text);
/* The short words of the manifest: "allocated", "whole-carved", "exact",
 * "offset"; literals. Grade and name grade of files that directories name are
 * NULL: there is nothing to grade. */
const char *rom_provenance_name(enum rom_provenance provenance);
/* "whole", "partial", ...; NULL for ROM_GRADE_NONE. */
const char *rom_grade_name(enum rom_grade grade);
/* "exact", "probable", "none". */
const char *rom_name_grade_name(enum rom_name_grade grade);
/* "offset", "sequence", "record". */
const char *rom_evidence_kind_name(enum rom_evidence_kind kind);

/* ---- what became of it, and who is told ---------------------------------- */

/* What became of a file. All of it is borrowed until the log returns. */
struct rom_file_result {
	/* the name it was written under, below the output; NULL: not written */
	const char *path;
	const char *link_to; /* it is a second name of that path; or NULL */
	bool has_digest[ROM_HASH_COUNT];
	uint8_t digest[ROM_HASH_COUNT][ROM_HASH_MAX];
	uint64_t written; /* bytes written or shared, without holes */
	/* ranges of the file that are zeros in place of what was lost */
	const struct rom_range *lost;
	size_t n_lost;
	enum rom_status status;
	const char *error; /* one line when status is not ROM_OK; else NULL */
};

/* What is told of each file: manifest, bodyfile, checksum lines. Calls come
 * one at a time; head, when it is wanted, before file. */
struct rom_file_log {
	/* bytes of each regular file's beginning it wants to see; 0: none */
	size_t head_wanted;
	/* May be NULL. len is less at the end of a short file. */
	void (*head)(struct rom_file_log *log, const struct rom_file *file,
		const uint8_t *bytes, size_t len);
	void (*file)(struct rom_file_log *log, const struct rom_file *file,
		const struct rom_file_result *result);
	/* Frees the log; what it writes to stays open. */
	void (*close)(struct rom_file_log *log);
};
/* The most that a log gets of the beginning of a file. */
enum { ROM_MAX_HEAD = 128 << 10 };

#endif
