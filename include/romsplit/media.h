/* SPDX-License-Identifier: MIT */
/*
 * media.h - recognizes pictures, video, audio and documents by content, with
 * their length and whether they are whole
 *
 * A file is examined in place, in an image, by its own structure; only the
 * offset of its first byte has to be known. It serves three purposes: counting
 * pictures, carving (the exact length, and whether it is whole), and the
 * gallery.
 *
 * Cost: 70 KiB of memory, and for a progressive JPEG 8 bytes for each block of
 * 64 pixels more, 48 MiB at most. No byte outside the limit is read. Of a file
 * that is a chain of lengths (ISO media, RIFF, TIFF, AVI, most ZIP) only the
 * links are read, in pieces of 4 KiB; of others everything, once or twice
 * (JPEG, PNG, GIF, Ogg, FLAC, PDF, databases). The search for an end marker
 * stops after 256 MiB (PDF), 1 GiB (a ZIP member of unknown length) or 64 MiB
 * (Samsung's blocks after a photo).
 */
#ifndef ROMSPLIT_MEDIA_H
#define ROMSPLIT_MEDIA_H

#include "romsplit/image.h"

/* The kind of content of a format. */
enum rom_media_type {
	ROM_MEDIA_NONE,
	ROM_MEDIA_PICTURE,
	ROM_MEDIA_VIDEO,
	ROM_MEDIA_AUDIO,
	ROM_MEDIA_DOCUMENT,
	ROM_MEDIA_ARCHIVE,
	ROM_MEDIA_DATABASE,
	ROM_MEDIA_TYPE_COUNT
};
/* "picture", "video", ...; a literal; "none" for ROM_MEDIA_NONE. */
const char *rom_media_type_name(enum rom_media_type type);

/* A known format. There is one object for each, so pointers can be compared. */
struct rom_media_format {
	const char *name;      /* "jpeg" */
	const char *extension; /* ".jpg" */
	const char *mime;      /* "image/jpeg" */
	enum rom_media_type type;
};
/* The i-th format; NULL past the last. */
const struct rom_media_format *rom_media_format(size_t i);
/* The format with that name, or NULL. */
const struct rom_media_format *rom_media_format_by_name(const char *name);

/* bytes at the start of a file that rom_media_identify uses */
enum { ROM_MEDIA_HEAD = 4096 };

/* Identifies a format by the first bytes of a file; NULL when unknown. Checks
 * signature and fields, because a few bytes of signature alone prove nothing.
 * len may be less for a short file. Reads memory only: fast enough for every
 * cluster of a dump. */
const struct rom_media_format *rom_media_identify(
	const uint8_t *head, size_t len);

/* ---- Exif ---------------------------------------------------------------- */

/* A date on a clock. */
struct rom_media_date {
	bool is_known;
	bool has_zone;	      /* else the time zone of the clock is unknown */
	int16_t zone_minutes; /* east of UTC */
	/* seconds since 1970 as that clock shows them, not converted to UTC */
	int64_t seconds;
};

/* The Exif data of a picture. Numbers are 0 and texts empty where it has
 * none. */
struct rom_exif {
	uint8_t orientation; /* 1 to 8 as in Exif; 0: not stated */
	struct rom_media_date taken;
	bool has_gps; /* a latitude is present; its value is not read */
	/* a JPEG, relative to the start of the given range; len 0: none */
	struct rom_range thumbnail;
};
/* Reads the TIFF structure of Exif (beginning with "II*\0" or "MM\0*") in a
 * range of img. Invalid tags are skipped. Reads some KiB. ROM_NO_MATCH when
 * there is no TIFF header. */
enum rom_status rom_exif_read(
	struct rom_image *img, struct rom_range tiff, struct rom_exif *ret);

/* ---- one file ------------------------------------------------------------ */

/* How complete a file is. */
enum rom_media_state {
	/* its structure is valid up to its end */
	ROM_MEDIA_WHOLE,
	/* all of its content is present, but not its end marker */
	ROM_MEDIA_UNTERMINATED,
	/* it continues past the limit */
	ROM_MEDIA_CUT,
	/* Its structure is invalid at .fault. Foreign data inside a JPEG may
	 * decode for a while: the damage is there or before it. */
	ROM_MEDIA_DAMAGED,
	/* the image does not have, or cannot read, the bytes at .fault */
	ROM_MEDIA_UNREADABLE,
};
/* "whole", "cut", ...; a literal. */
const char *rom_media_state_name(enum rom_media_state state);

/* How thoroughly the content was checked. A flipped bit in unchecked data is
 * not found. */
enum rom_media_proof {
	/* headers, lengths and offsets are consistent; the data were not
	 * checked */
	ROM_MEDIA_BY_STRUCTURE,
	/* every code of the data was decoded, and the amount of data is
	 * right */
	ROM_MEDIA_BY_DECODING,
	/* every byte is covered by checksums, which match */
	ROM_MEDIA_BY_CHECKSUM,
};

/* The result of rom_media_examine. */
struct rom_media_info {
	const struct rom_media_format *format;
	/* format->type, except for an MP4 or 3GP that has only sound */
	enum rom_media_type type;
	enum rom_media_state state;
	enum rom_media_proof proof;
	/* Length of the file: to its end; to the limit when it is cut; else to
	 * the fault. */
	uint64_t len;
	/* the length that a cut or damaged file states; 0: not stated */
	uint64_t expected;
	/* Its structure does not state its end (written by a camera that was
	 * switched off, or to a pipe): len is the limit, though the file may be
	 * shorter. */
	bool is_open_ended;
	/* a JPEG refers to more pictures or a video after it that are missing:
	 * it is whole as a picture, but the file may have had more */
	bool tail_is_missing;
	/* offset from the start of the file; ROM_NO_OFFSET: none */
	uint64_t fault;
	char why[120]; /* the reason for state in one line; empty when whole */
	uint32_t width, height; /* as stored, before orientation; 0: unknown */
	bool has_duration;
	uint64_t duration_ms;
	/* The date of a video is that of its header. The thumbnail is a JPEG,
	 * relative to the start of the file. */
	struct rom_exif exif;
	uint64_t bytes_read; /* bytes read to examine it */
};

/* Examines the file that begins at offset of img and extends at most to offset
 * + limit (the size of the file, or of the free space; cut at the end of the
 * image). ROM_NO_MATCH, with *ret untouched, when no format is recognized; the
 * error of rom_read when the first bytes cannot be read. Everything else,
 * including damage and unreadable ranges, is a result in *ret. */
enum rom_status rom_media_examine(struct rom_image *img, uint64_t offset,
	uint64_t limit, struct rom_media_info *ret, struct rom_err *err);

/* ---- any file ------------------------------------------------------------ */

/* The content of any file. */
enum rom_content {
	ROM_CONTENT_UNKNOWN, /* no known format */
	ROM_CONTENT_FORMAT,
	ROM_CONTENT_EMPTY,    /* no bytes */
	ROM_CONTENT_ZEROS,    /* all 00 */
	ROM_CONTENT_ONES,     /* all FF, as erased flash may read */
	ROM_CONTENT_ECRYPTFS, /* encrypted by eCryptfs */
};
/* The name of a content in one word; a literal. */
const char *rom_content_name(enum rom_content content);

/* Determines the content of a file of size bytes by its first ones: at least
 * ROM_MEDIA_HEAD, or all. ROM_CONTENT_ZEROS and ROM_CONTENT_ONES are what these
 * show; the rest of the file has to be compared too. ret_format (may be NULL)
 * as in rom_content_of. Reads memory only. */
enum rom_content rom_content_of_head(const uint8_t *head, size_t len,
	uint64_t size, const struct rom_media_format **ret_format);
/* Determines the content of a file that is a range of img; ret_format (may be
 * NULL) is set for ROM_CONTENT_FORMAT, else to NULL. Reads ROM_MEDIA_HEAD
 * bytes, or as long as the bytes are equal; holes are not read. Fails like
 * rom_read. */
enum rom_status rom_content_of(struct rom_image *img, struct rom_range file,
	enum rom_content *ret, const struct rom_media_format **ret_format,
	struct rom_err *err);

#endif
