/* SPDX-License-Identifier: MIT */
/*
 * media.h - pictures, video, audio, documents by content: what kind it is, how
 * long it is, and whether it is whole
 *
 * A file is examined where it lies in an image, by its own structure; nothing
 * but its first byte has to be known. Three users share it: counting pictures,
 * carving (the exact length, and whether it is whole), and the gallery.
 *
 * Cost: 70 KiB of memory, and for a progressive JPEG 8 bytes for each block of
 * 64 pixels more, 48 MiB at most. No byte outside of the limit is read. Where a
 * file is a chain of lengths (ISO media, RIFF, TIFF, AVI, most ZIP) its links
 * are, in pieces of 4 KiB; else all of it, once or twice (JPEG, PNG, GIF, Ogg,
 * FLAC, PDF, databases). What has no end is searched for it at most 256 MiB
 * (PDF), 1 GiB (a ZIP member of unknown length) or 64 MiB (Samsung's blocks
 * behind a photo) far.
 */
#ifndef ROMSPLIT_MEDIA_H
#define ROMSPLIT_MEDIA_H

#include "romsplit/image.h"

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

/* A format that is known. There is one object for each: pointers compare. */
struct rom_media_format {
	const char *name;      /* "jpeg" */
	const char *extension; /* ".jpg" */
	const char *mime;      /* "image/jpeg" */
	enum rom_media_type type;
};
/* The i-th format; NULL past the last. */
const struct rom_media_format *rom_media_format(size_t i);
/* By its name; NULL when there is none of that name. */
const struct rom_media_format *rom_media_format_by_name(const char *name);

/* bytes of a file's beginning that rom_media_identify looks at */
enum { ROM_MEDIA_HEAD = 4096 };

/* The format by the first bytes of a file, or NULL. Signature and fields are
 * checked; a few bytes of signature alone are no evidence. len may be less at
 * the end of a short file. Reads memory only: fit for every cluster of a
 * dump. */
const struct rom_media_format *rom_media_identify(
	const uint8_t *head, size_t len);

/* ---- Exif ---------------------------------------------------------------- */

/* A moment on some clock. */
struct rom_media_date {
	bool is_known;
	bool has_zone;	      /* else the zone of the clock is not known */
	int16_t zone_minutes; /* east of UTC */
	/* since 1970, as that clock shows it: without the zone taken off */
	int64_t seconds;
};

struct rom_exif {
	uint8_t orientation; /* 1 to 8 as in Exif; 0: not said */
	struct rom_media_date taken;
	bool has_gps; /* a latitude is there; which, is not read */
	/* a JPEG, from the start of the range that was given; len 0: none */
	struct rom_range thumbnail;
};
/* Reads Exif's TIFF structure ("II*\0" or "MM\0*" first) in a range of img.
 * Tags that cannot be are left out. Reads some KiB. ROM_NO_MATCH when no TIFF
 * header is there. */
enum rom_status rom_exif_read(
	struct rom_image *img, struct rom_range tiff, struct rom_exif *ret);

/* ---- one file ------------------------------------------------------------ */

enum rom_media_state {
	/* its structure holds up to its end */
	ROM_MEDIA_WHOLE,
	/* all of the content is there, its end marker is not */
	ROM_MEDIA_UNTERMINATED,
	/* it goes on past the limit */
	ROM_MEDIA_CUT,
	/* Its structure breaks at .fault. Foreign data inside of a JPEG may
	 * decode for a while: the damage lies there or before it. */
	ROM_MEDIA_DAMAGED,
	/* the image does not have, or cannot read, the bytes at .fault */
	ROM_MEDIA_UNREADABLE,
};
const char *rom_media_state_name(enum rom_media_state state);

/* How much of the content stands behind the state. A flipped bit in what was
 * not looked at is not found. */
enum rom_media_proof {
	/* headers, lengths and offsets agree; the data were not looked at */
	ROM_MEDIA_BY_STRUCTURE,
	/* every code of the data was decoded, and gave as much as it had to */
	ROM_MEDIA_BY_DECODING,
	/* every byte is covered by checksums, and these agree */
	ROM_MEDIA_BY_CHECKSUM,
};

struct rom_media {
	const struct rom_media_format *format;
	/* format->type, but for an MP4 or 3GP that has only sound */
	enum rom_media_type type;
	enum rom_media_state state;
	enum rom_media_proof proof;
	/* Bytes of the file from its offset: to its end; to the limit when it
	 * is cut; to the fault else. */
	uint64_t len;
	/* the length that a cut or damaged file says it had; 0: not said */
	uint64_t expected;
	/* Its structure has no end (written by a camera that was switched off,
	 * or to a pipe): len is the limit, though less may be its own. */
	bool is_open_ended;
	/* a JPEG names more pictures or a video behind it that are not there:
	 * whole as a picture, but others may have been part of the file */
	bool tail_is_missing;
	uint64_t fault; /* from the start of the file; ROM_NO_OFFSET: none */
	char why[120];	/* one line for state; empty when whole */
	uint32_t width, height; /* as stored, before orientation; 0: unknown */
	bool has_duration;
	uint64_t duration_ms;
	/* A video's date is that of its header. The thumbnail is a JPEG, from
	 * the start of the file. */
	struct rom_exif exif;
	uint64_t bytes_read; /* what it cost */
};

/* Examines what begins at offset of img and may reach to offset + limit (the
 * size of the file, or what the free space has; cut at the end of the image).
 * ROM_NO_MATCH, and *ret untouched, when no format is recognised there; what
 * rom_read says when the first bytes cannot be read. All else, damage and
 * unreadable ranges too, is an answer in *ret. */
enum rom_status rom_media_examine(struct rom_image *img, uint64_t offset,
	uint64_t limit, struct rom_media *ret, struct rom_err *err);

/* ---- any file ------------------------------------------------------------ */

enum rom_content {
	ROM_CONTENT_UNKNOWN, /* of no format that is known here */
	ROM_CONTENT_FORMAT,
	ROM_CONTENT_EMPTY,    /* no bytes */
	ROM_CONTENT_ZEROS,    /* all 00 */
	ROM_CONTENT_ONES,     /* all FF: what erased flash may read as */
	ROM_CONTENT_ECRYPTFS, /* the encrypted form of a file */
};
const char *rom_content_name(enum rom_content content);

/* What a range of img, all of a file, holds; ret_format (may be NULL) is set
 * for ROM_CONTENT_FORMAT only, and NULL else. Reads ROM_MEDIA_HEAD bytes, or as
 * long as bytes are alike; holes are not read. Fails as rom_read does. */
enum rom_status rom_content_of(struct rom_image *img, struct rom_range file,
	enum rom_content *ret, const struct rom_media_format **ret_format,
	struct rom_err *err);

#endif
