/* SPDX-License-Identifier: MIT */
/*
 * rescue.c - a dump with a map of what was read: GNU ddrescue's mapfile
 *
 * Lines of text (ddrescue manual, "Mapfile structure"): "#" begins a comment; the first other line is the current state;
 * each further one "position size status". Only status + was read; anything else holds whatever was there before, which
 * is most often zeros, and is never taken for the phone's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/image.h"

enum { MAX_RANGES = 1 << 20, LINE_ROOM = 256 };

struct rescue_image {
	struct rom_image img;
	struct rom_image *below;
	ROM_VEC(struct rom_range) bad; /* in rising order, not touching */
};

/* The first bad range that ends after at; NULL: none. */
static const struct rom_range *bad_after(const struct rescue_image *r, uint64_t at)
{
	size_t lo = 0, hi = r->bad.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rom_range_end(r->bad.v[mid]) <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < r->bad.n ? &r->bad.v[lo] : NULL;
}

static enum rom_status rescue_read(
	struct rom_image *img, void *buf, size_t len, uint64_t at, struct rom_err *err)
{
	const struct rescue_image *r = (struct rescue_image *)img;
	const struct rom_range *bad = bad_after(r, at);

	if (bad && bad->at < at + len)
		return rom_fail(err, ROM_E_ABSENT, rom_max(bad->at, at),
			"%s: 0x%" PRIx64 " was never read from the phone, says the rescue map",
			img->name, rom_max(bad->at, at));
	return rom_read(r->below, buf, len, at, err);
}

static void rescue_map(struct rom_image *img, uint64_t at, uint64_t len, struct rom_span *ret)
{
	const struct rescue_image *r = (struct rescue_image *)img;
	const struct rom_range *bad = bad_after(r, at);

	if (bad && bad->at <= at) {
		*ret = (struct rom_span){ .kind = ROM_SPAN_ABSENT,
			.len = rom_min(len, rom_range_end(*bad) - at) };
		return;
	}
	rom_image_map(r->below, at, bad ? rom_min(len, bad->at - at) : len, ret);
}

static void rescue_close(struct rom_image *img)
{
	struct rescue_image *r = (struct rescue_image *)img;

	rom_image_close(r->below);
	rom_vec_done(&r->bad);
}

static const struct rom_image_ops rescue_ops = {
	.read_at = rescue_read,
	.map = rescue_map,
	.close = rescue_close,
};

/* ---- the mapfile ------------------------------------------------------------------------------------------- */

static bool add_bad(struct rescue_image *r, uint64_t at, uint64_t len)
{
	struct rom_range *last = r->bad.n ? &r->bad.v[r->bad.n - 1] : NULL;

	if (last && at < rom_range_end(*last))
		return false; /* not in order */
	if (last && at == rom_range_end(*last))
		last->len += len;
	else
		*rom_vec_add(&r->bad) = (struct rom_range){ at, len };
	return r->bad.n < MAX_RANGES;
}

/* One line; states counts the lines before the list. False when it is none of a mapfile. */
static bool take_line(struct rescue_image *r, const char *line, bool *has_state)
{
	uint64_t at, len, end;
	char status;
	int n = 0;

	line += strspn(line, " \t\r\n");
	if (!*line || *line == '#')
		return true;
	if (!*has_state) {
		*has_state = sscanf(line, "%" SCNi64 " %c", (int64_t *)&at, &status) == 2;
		return *has_state && strchr("?*/-F G+", status);
	}
	if (sscanf(line, "%" SCNi64 " %" SCNi64 " %c%n", (int64_t *)&at, (int64_t *)&len, &status,
		    &n) != 3 ||
		!strchr("?*/-+", status) || !rom_add(at, len, &end))
		return false;
	return status == '+' || len == 0 || add_bad(r, at, len);
}

static enum rom_status read_map(
	struct rescue_image *r, const char *path, FILE *f, struct rom_err *err)
{
	char line[LINE_ROOM];
	bool has_state = false;

	for (unsigned n = 1; fgets(line, sizeof(line), f); n++) {
		if (!take_line(r, line, &has_state))
			return rom_fail(err, ROM_E_INPUT, ROM_NOWHERE,
				"%s: line %u: expected \"position size status\" of a ddrescue mapfile, got \"%.40s\"",
				path, n, line);
	}
	if (!has_state)
		return rom_fail(err, ROM_E_INPUT, ROM_NOWHERE,
			"%s: is no ddrescue mapfile: it has no list of areas", path);
	return ROM_OK;
}

bool rom_image_is_rescue_map(const char *path)
{
	char line[LINE_ROOM] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	fclose(f);
	return *line == '#' && strstr(line, "ddrescue");
}

enum rom_status rom_image_open_rescue(
	struct rom_image *img, const char *map, struct rom_image **ret, struct rom_err *err)
{
	struct rescue_image *r = rom_alloc(sizeof(*r));
	FILE *f = fopen(map, "re");
	enum rom_status st;

	r->img = (struct rom_image){ &rescue_ops, rom_strdup(img->name), img->size, 1 };
	r->below = rom_image_ref(img);
	if (!f) {
		st = rom_fail(
			err, ROM_E_INPUT, ROM_NOWHERE, "%s: cannot open: %s", map, strerror(errno));
	} else {
		st = read_map(r, map, f, err);
		fclose(f);
	}
	if (st)
		rom_image_close(&r->img);
	else
		*ret = &r->img;
	return st;
}
