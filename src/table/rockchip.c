/* SPDX-License-Identifier: MIT */
/*
 * rockchip.c - Rockchip's partition table: the parameter file
 *
 * At sector 0x2000 of an eMMC, or sector 0 of what the NAND driver shows, and
 * in copies 0x400 sectors apart:
 *   4 "PARM"  4 bytes of text  text  4 CRC-32 of the text (polynomial 04C10DB7,
 *   most significant bit first, from 0)
 * The text has a line CMDLINE: ... mtdparts=NAME:SIZE@START(name),... in hex,
 * in sectors of 512 bytes; "-" is the rest of the medium. Starts count from the
 * sector of the table. Sources: Rockchip's U-Boot (part_rkparm.c),
 * rkdeveloptool.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "table_priv.h"

enum {
	SECTOR = 512,
	TEXT_MAX = 65536 - 12,
	COPIES = 8,
	COPY_STEP = 0x400,
	EMMC_BASE = 0x2000,
	MAX_PARTS = 128,
};

struct parameter {
	uint64_t base, copy; /* offsets in the dump */
	char *text;	     /* owned; NUL-terminated */
	bool crc_good;
};

/* One SIZE@START(name). */
struct part {
	uint64_t start, size; /* sectors */
	bool rest;
	const char *name;
	size_t name_len;
};

static uint32_t rockchip_crc(const uint8_t *p, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)p[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04c10db7 : 0);
	}
	return crc;
}

static bool read_copy(
	struct rom_image *img, uint64_t offset, struct parameter *p)
{
	uint8_t head[8], crc[4];
	struct rom_buffer v = { .p = head, .len = sizeof(head) };
	struct rom_buffer c = { .p = crc, .len = sizeof(crc) };
	struct rom_err err;
	uint32_t len;

	if (rom_read(img, head, sizeof(head), offset, &err) ||
		memcmp(head, "PARM", 4))
		return false;
	len = rom_le32(&v, 4);
	if (!len || len > TEXT_MAX)
		return false;
	p->text = rom_alloc(len + 1);
	if (rom_read(img, p->text, len, offset + 8, &err) ||
		!strstr(p->text, "mtdparts=")) {
		rom_freep(&p->text);
		return false;
	}
	p->copy = offset;
	p->crc_good =
		!rom_read(img, crc, 4, offset + 8 + len, &err) &&
		rom_le32(&c, 0) == rockchip_crc((const uint8_t *)p->text, len);
	return true;
}

/* The first copy whose checksum matches, or else the first one. */
static bool find_parameter(struct rom_image *img, struct parameter *ret)
{
	static const uint64_t bases[] = { EMMC_BASE, 0 };

	*ret = (struct parameter){ 0 };
	for (size_t i = 0; i < 2 * COPIES && !ret->crc_good; i++) {
		uint64_t base = bases[i / COPIES];
		struct parameter p = { .base = base * SECTOR };

		if (!read_copy(
			    img, (base + i % COPIES * COPY_STEP) * SECTOR, &p))
			continue;
		if (ret->text && !p.crc_good) {
			rom_freep(&p.text);
			continue;
		}
		rom_freep(&ret->text);
		*ret = p;
	}
	return ret->text;
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* Parses one part at p; returns what follows it, or NULL where there is none.
 */
static const char *next_part(const char *p, struct part *ret)
{
	char *end;

	*ret = (struct part){ 0 };
	p = skip_blanks(p);
	ret->rest = *p == '-';
	ret->size = ret->rest ? 0 : strtoull(p, &end, 16);
	p = skip_blanks(ret->rest ? p + 1 : end);
	if (*p++ != '@')
		return NULL;
	ret->start = strtoull(p, &end, 16);
	p = skip_blanks(end);
	if (*p++ != '(')
		return NULL;
	ret->name = p;
	/* flags like "userdata:grow" are no part of the name */
	ret->name_len = strcspn(p, ":)\r\n");
	p += strcspn(p, ")\r\n");
	if (*p++ != ')' || !ret->name_len || ret->name_len > 64)
		return NULL;
	p += strcspn(p, ", \t\r\n");
	return skip_blanks(p);
}

/* Calls the next part of the list; false at its end. *at begins at NULL. */
static bool each_part(
	const struct parameter *p, const char **at, struct part *ret)
{
	const char *from = *at;

	if (!from) {
		from = strstr(p->text, "mtdparts=");
		from = from ? strchr(from, ':') : NULL;
	}
	if (!from || (*at && *from != ','))
		return false;
	*at = next_part(from + 1, ret);
	return *at;
}

static bool is_valid(const struct part *part)
{
	return !(part->start >> 40) && !(part->size >> 40) &&
	       (part->size || part->rest);
}

/* ---- where the starts count from ----------------------------------------- */

static bool has_known_start(struct rom_image *img, uint64_t offset)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint64_t offset;
	} magics[] = { { "ANDROID!", 8, 0 }, { "KRNL", 4, 0 },
		{ "LOADER  ", 8, 0 }, { "RSCE", 4, 0 }, { "hsqs", 4, 0 },
		{ "\x53\xef", 2, 0x438 }, { "\x10\x20\xf5\xf2", 4, 0x400 },
		{ "\xe2\xe1\xf5\xe0", 4, 0x400 } };
	uint8_t buf[8];
	struct rom_err err;

	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		if (!rom_read(img, buf, magics[i].len,
			    offset + magics[i].offset, &err) &&
			!memcmp(buf, magics[i].bytes, magics[i].len))
			return true;
	}
	return false;
}

static size_t count_known(
	struct rom_image *img, const struct parameter *p, uint64_t base)
{
	const char *at = NULL;
	struct part part;
	size_t n = 0;

	for (size_t i = 0; i < MAX_PARTS && each_part(p, &at, &part); i++)
		n += is_valid(&part) &&
		     has_known_start(img, base + part.start * SECTOR);
	return n;
}

/* Tools for a medium with a GPT count from its start; what the partitions hold
 * decides. */
static void choose_base(
	struct rom_image *img, struct parameter *p, struct rom_report *r)
{
	if (!p->base || count_known(img, p, 0) <= count_known(img, p, p->base))
		return;
	p->base = 0;
	rom_report_note(r, ROM_INFO, NULL, p->copy,
		"the starts in Rockchip's parameter file count from the start "
		"of the medium, as what the partitions hold shows");
}

/* ---- rows ---------------------------------------------------------------- */

static void add_part(struct rom_report *r, const struct part *part,
	const struct parameter *p, uint64_t medium)
{
	ROM_AUTO char *name =
		rom_format("%.*s", (int)part->name_len, part->name);
	ROM_AUTO char *shown = rom_printable(name, strlen(name));
	uint64_t start = p->base + part->start * SECTOR,
		 size = part->size * SECTOR;

	if (!is_valid(part)) {
		rom_report_note(r, ROM_DAMAGE, shown, p->copy,
			"%s of the parameter file has 0x%" PRIx64
			" sectors at 0x%" PRIx64 ": left out",
			shown, part->size, part->start);
		return;
	}
	if (part->rest)
		size = medium > start ? medium - start : 0;
	rom_table_add(
		r, shown, (struct rom_range){ start, size }, ROM_SOURCE_NONE)
		->open_end = !size;
	if (part->rest)
		rom_report_note(r, ROM_INFO, shown, start,
			"%s takes the rest of the medium: the table does not "
			"tell whether this dump reaches to its end",
			shown);
}

/* Adds all parts; returns the end of the last one, 0 where that is the end of
 * the medium. */
static uint64_t add_parts(
	struct rom_image *img, const struct parameter *p, struct rom_report *r)
{
	const char *at = NULL;
	uint64_t end = 0;
	struct part part;
	bool rest = false;

	for (size_t i = 0; i < MAX_PARTS && each_part(p, &at, &part); i++) {
		add_part(r, &part, p, img->size);
		rest = rest || part.rest;
		if (is_valid(&part))
			end = rom_max(end,
				p->base + (part.start + part.size) * SECTOR);
	}
	return rest ? 0 : end;
}

static bool has_part(const struct parameter *p)
{
	const char *at = NULL;
	struct part part;
	bool found = false;

	for (size_t i = 0; i < MAX_PARTS && each_part(p, &at, &part); i++)
		found = found || is_valid(&part);
	return found;
}

static void fill_report(
	struct rom_image *img, struct parameter *p, struct rom_report *r)
{
	uint64_t end;

	r->table = (struct rom_table){ .kind = ROM_TABLE_ROCKCHIP,
		.source = ROM_SOURCE_PRIMARY,
		.sector_size = SECTOR,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_OTHER };
	choose_base(img, p, r);
	end = add_parts(img, p, r);
	if (!p->crc_good)
		rom_report_note(r, ROM_DAMAGE, NULL, p->copy,
			"the checksum of Rockchip's parameter file does not "
			"match: its rows may be wrong");
	r->complete = img->size >= end;
	rom_table_finish(img, r, rom_max(end, img->size));
}

static enum rom_status read_rockchip(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct parameter p;
	bool good = find_parameter(img, &p) && has_part(&p);

	(void)options;
	(void)err;
	if (good)
		fill_report(img, &p, report);
	free(p.text);
	return good ? ROM_OK : ROM_NO_MATCH;
}

const struct rom_table_reader rom_table_rockchip = { .read = read_rockchip };
