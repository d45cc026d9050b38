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
#include "romsplit/media.h"

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

/* Where the size of a file is from. */
enum rom_length {
	ROM_LENGTH_STATED,
	/* The filesystem states less than the file's clusters hold. It ends
	 * where its format does, or before the zeros at their end. */
	ROM_LENGTH_BY_FORMAT,
	ROM_LENGTH_BY_ZEROS,
};

/* The metadata of a file, apart from its names and contents. */
struct rom_inode {
	uint64_t ino;
	enum rom_file_type type;
	uint16_t mode; /* 07777 */
	uint32_t uid, gid, links, major, minor;
	uint64_t size;
	struct rom_time mtime, atime, ctime, crtime;
	bool has_crtime;
	/* fscrypt: its content, or the names in a directory, are ciphertext */
	bool encrypted;
	/* fscrypt, with its key in the keyring: it reads as if it were not
	 * encrypted */
	bool opened;
	uint32_t flags; /* as the filesystem stores them */
	uint32_t generation;
	/* checksum mismatch: any of these fields may be wrong */
	bool suspect;
	enum rom_length length;
	uint64_t stated_size; /* unless length is ROM_LENGTH_STATED */
};

/* ---- where its bytes are ------------------------------------------------- */

/* Kind of an extent. The extents of a file ascend by offset and do not overlap;
 * a range that none covers is a hole. */
enum rom_extent_kind {
	ROM_EXTENT_DATA,
	ROM_EXTENT_ZERO, /* allocated but unwritten: reads as zeros */
	ROM_EXTENT_LOST, /* the metadata that leads to it is damaged */
	/* compressed: its stored bytes are fewer than len */
	ROM_EXTENT_ENCODED,
};

/* One extent of a file: len bytes at offset. */
struct rom_extent {
	uint64_t offset; /* in the file */
	uint64_t len;
	/* where the stored bytes begin in the data image; ROM_EXTENT_DATA and
	 * ROM_EXTENT_ENCODED only */
	uint64_t image;
	enum rom_extent_kind kind;
};

/* Released with rom_vec_done. */
typedef ROM_VEC(struct rom_extent) rom_extents;

/* Where a file's bytes are: in extents of a data image, or in memory when the
 * inode itself holds them. When the stored bytes are compressed or encrypted,
 * image reads as the plain file, and extents still locate the stored bytes. */
struct rom_file_map {
	rom_extents extents;
	struct rom_image *image; /* owned; NULL: the data image is read */
	uint8_t *bytes;		 /* owned; NULL: extents locate the bytes */
	size_t len;		 /* of bytes */
	uint64_t lost;		 /* bytes of ROM_EXTENT_LOST in extents */
	/* checksum mismatch in the metadata that leads here: these may be
	 * another file's bytes */
	bool suspect;
};
/* Frees the members of a map and leaves it empty. */
void rom_file_map_done(struct rom_file_map *map);
/* Adds an extent to the map of a file of size bytes. An extent that continues
 * the last one, in the file and in the image, is merged with it; one that
 * reaches past size is cut. */
void rom_file_map_add(
	struct rom_file_map *map, uint64_t size, struct rom_extent e);
/* The image to read an extent from, borrowed, and the offset in it at which the
 * extent begins. NULL for zeros and lost ranges. data: the image that extents
 * refer to. */
struct rom_image *rom_file_map_source(const struct rom_file_map *map,
	struct rom_image *data, const struct rom_extent *e,
	uint64_t *ret_offset);
/* Reads len bytes at offset of the file into buf. Holes, lost ranges, and bytes
 * past the end read as zeros. Fails as rom_read does. */
enum rom_status rom_file_map_read(struct rom_image *data,
	const struct rom_file_map *map, uint64_t offset, void *buf, size_t len,
	struct rom_err *err);
/* Stored bytes of the file: its size without holes, zeros and lost ranges. */
uint64_t rom_file_map_stored(const struct rom_file_map *map);

/* ---- how it was found ---------------------------------------------------- */

/* How a file was found. */
enum rom_provenance {
	ROM_ALLOCATED,	/* a directory names it */
	ROM_UNATTACHED, /* in use, but no directory names it */
	ROM_DELETED,	/* metadata that survived the deletion */
	ROM_CARVED,	/* known by its contents alone */
	ROM_MEMBER,	/* part of a container: boot image, cpio archive */
};

/* How far the content can be trusted. An allocated file is ROM_GRADE_NONE: its
 * lost ranges state what is missing. */
enum rom_grade {
	ROM_GRADE_NONE,
	ROM_GRADE_WHOLE,	/* by its metadata and by its structure */
	ROM_GRADE_WHOLE_CARVED, /* by its structure, in one run */
	ROM_GRADE_ASSEMBLED,	/* several runs, joined by content */
	/* all blocks are its own, but its structure is invalid */
	ROM_GRADE_DAMAGED,
	ROM_GRADE_PARTIAL,   /* some blocks were reallocated to other files */
	ROM_GRADE_TRIMMED,   /* the medium has discarded the blocks */
	ROM_GRADE_NAME_ONLY, /* nothing but its name is left */
};

/* How sure it is that the name belongs to the content. */
enum rom_name_grade {
	ROM_NAME_EXACT,
	ROM_NAME_PROBABLE,
	ROM_NAME_NONE, /* named by a number */
};

/* What the value of a piece of evidence is. */
enum rom_evidence_kind {
	ROM_EVIDENCE_OFFSET,   /* value: offset in the dump */
	ROM_EVIDENCE_SEQUENCE, /* value: journal sequence, checkpoint version */
	ROM_EVIDENCE_RECORD,   /* value: number of a record, row or directory */
};

/* What led to the file, so that an examiner can repeat the step by hand. */
struct rom_file_evidence {
	enum rom_evidence_kind kind;
	uint64_t value;
	char *text; /* owned */
};

/* What the files of one source share. Outlives all of them. */
struct rom_origin {
	/* inode numbers are unique among files of one id */
	uint32_t id;
	const char *partition; /* its name, for notes; NULL: the whole file */
	struct rom_fs *fs;     /* NULL: not a filesystem */
	/* offset in the dump at which the data image of its files begins;
	 * ROM_NO_OFFSET: the image has several extents, or is encoded */
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
/* Frees the names and values and leaves the list empty. */
void rom_xattrs_done(rom_xattrs *xattrs);

/* One file, wherever it was found. Owns everything it points to, except its
 * origin. Initialized with zeros; released with rom_file_done. */
struct rom_file {
	char *path; /* raw bytes relative to the root of the tree, and a NUL */
	size_t path_len;
	struct rom_inode inode;
	bool has_mtime; /* a carved file may have none */
	struct rom_file_map map;
	/* the image that map.extents refer to, a reference; NULL when the map
	 * needs none */
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
/* Frees the members of a file and leaves it empty. */
void rom_file_done(struct rom_file *file);
/* Adds a line of evidence. Takes ownership of text. */
void rom_file_add_evidence(struct rom_file *file, enum rom_evidence_kind kind,
	uint64_t value, char *text);
/* The names that the manifest uses, all of them literals. */ /* "allocated",
								 "unattached",
								 "deleted",
								 "carved" or
								 "member". */
const char *rom_provenance_name(enum rom_provenance provenance);
/* "whole", "partial", ...; NULL for ROM_GRADE_NONE. */
const char *rom_grade_name(enum rom_grade grade);
/* "exact", "probable", "none". */
const char *rom_name_grade_name(enum rom_name_grade grade);
/* "offset", "sequence", "record". */
const char *rom_evidence_kind_name(enum rom_evidence_kind kind);

/* ---- results and logs ---------------------------------------------------- */

/* What a file contains, by the bytes that were written. */
struct rom_file_content {
	bool is_known; /* false: it was not written, or is a second name */
	enum rom_content content;
	/* NULL unless content is ROM_CONTENT_FORMAT */
	const struct rom_media_format *format;
	/* also of a Matroska or WebM video, whose format is NULL */
	enum rom_media_type type;
	/* of a picture or video: whether its structure was followed, and what
	 * that showed. A JPEG, PNG or GIF that ends as it should is not. */
	bool has_state;
	enum rom_media_state state;
};

/* Result of one file's extraction. Borrowed until the log returns. */
struct rom_file_result {
	/* path it was written to, relative to the output; NULL: not written */
	const char *path;
	const char *link_to; /* path of which this is a second name; or NULL */
	bool has_digest[ROM_HASH_COUNT];
	uint8_t digest[ROM_HASH_COUNT][ROM_HASH_MAX];
	uint64_t written; /* bytes written or shared, without holes */
	/* ranges of the file that could not be read and were filled with
	 * zeros */
	const struct rom_range *lost;
	size_t n_lost;
	enum rom_status status;
	const char *error; /* one line when status is not ROM_OK; else NULL */
	struct rom_file_content content;
};

/* A sink that sees each extracted file: manifest, bodyfile, checksum lines.
 * Calls are serialized; head, when wanted, precedes file. */
struct rom_file_log {
	/* how many leading bytes of each regular file to pass to head; 0:
	 * none */
	size_t head_wanted;
	/* May be NULL. len is less than head_wanted for a short file. */
	void (*head)(struct rom_file_log *log, const struct rom_file *file,
		const uint8_t *bytes, size_t len);
	void (*file)(struct rom_file_log *log, const struct rom_file *file,
		const struct rom_file_result *result);
	/* Frees the log; the stream it writes to stays open. */
	void (*close)(struct rom_file_log *log);
};
/* Largest head_wanted. */
enum { ROM_MAX_HEAD = 128 << 10 };

#endif
