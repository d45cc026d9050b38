/* SPDX-License-Identifier: MIT */
/*
 * rescue.c - a dump with a map of what was read: GNU ddrescue's mapfile
 *
 * Lines of text (ddrescue manual, "Mapfile structure"): "#" begins a comment;
 * the first other line is the current state; each further one "position size
 * status", in rising order. Only areas with status + were read. All others, and
 * what the list leaves out, hold whatever the file held before, mostly zeros,
 * which must not pass for data of the phone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/image.h"
#include "romsplit/os.h"

enum { MAX_RANGES = 1 << 20, LINE_SIZE = 256 };

struct rescue_image {
	struct rom_image img;
	struct rom_image *below;
	ROM_VEC(struct rom_range) bad; /* sorted, not touching */
};

/* The first bad range that ends after offset; NULL when there is none. */
static const struct rom_range *bad_after(
	const struct rescue_image *r, uint64_t offset)
{
	size_t lo = 0, hi = r->bad.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rom_range_end(r->bad.v[mid]) <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < r->bad.n ? &r->bad.v[lo] : NULL;
}

static enum rom_status rescue_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	const struct rescue_image *r = (struct rescue_image *)img;
	const struct rom_range *bad = bad_after(r, offset);

	if (bad && bad->offset < offset + len)
		return rom_fail(err, ROM_E_ABSENT, rom_max(bad->offset, offset),
			"%s: 0x%" PRIx64 " was never read from the phone, "
			"according to the rescue map",
			img->name, rom_max(bad->offset, offset));
	return rom_read(r->below, buf, len, offset, err);
}

static void rescue_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	const struct rescue_image *r = (struct rescue_image *)img;
	const struct rom_range *bad = bad_after(r, offset);

	if (bad && bad->offset <= offset) {
		*ret = (struct rom_span){ .kind = ROM_SPAN_ABSENT,
			.len = rom_min(len, rom_range_end(*bad) - offset) };
		return;
	}
	rom_image_map(r->below, offset,
		bad ? rom_min(len, bad->offset - offset) : len, ret);
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

/* ---- the mapfile --------------------------------------------------------- */

/* State of reading a mapfile. */
struct mapfile {
	struct rescue_image *r;
	bool has_state; /* the status line has been read */
	uint64_t end;	/* end of the last range of the list */
};

/* Records a range that was not read; it begins at or after the end of the last
 * one. False when there are too many. */
static bool add_bad(struct rescue_image *r, uint64_t offset, uint64_t len)
{
	struct rom_range *last = r->bad.n ? &r->bad.v[r->bad.n - 1] : NULL;

	if (len == 0)
		return true;
	if (last && offset == rom_range_end(*last))
		last->len += len;
	else
		*rom_vec_add(&r->bad) = (struct rom_range){ offset, len };
	return r->bad.n < MAX_RANGES;
}

/* Takes one range of the list. What lies between it and the previous one was
 * not read either. */
static bool add_range(
	struct mapfile *m, uint64_t offset, uint64_t len, char status)
{
	uint64_t end;

	if (!strchr("?*/-+", status) || offset < m->end ||
		!rom_add(offset, len, &end) ||
		!add_bad(m->r, m->end, offset - m->end))
		return false;
	m->end = end;
	return status == '+' || add_bad(m->r, offset, len);
}

/* Parses the next number of a line, decimal, octal or hexadecimal, and moves
 * line past it. False when there is none, or nothing follows it. */
static bool parse_number(const char **line, uint64_t *ret)
{
	char *end;

	*line += strspn(*line, " \t");
	if (**line < '0' || **line > '9')
		return false;
	*ret = strtoull(*line, &end, 0);
	*line = end + strspn(end, " \t");
	return *line > end && **line;
}

/* False when the line does not belong in a mapfile. */
static bool parse_line(struct mapfile *m, const char *line)
{
	uint64_t offset, len;

	line += strspn(line, " \t\r\n");
	if (!*line || *line == '#')
		return true;
	if (!m->has_state) {
		m->has_state = parse_number(&line, &offset) &&
			       strchr("?*/-FG+", *line);
		return m->has_state;
	}
	return parse_number(&line, &offset) && parse_number(&line, &len) &&
	       add_range(m, offset, len, *line);
}

/* Reads a line and keeps size - 1 bytes of it: a comment holds the whole
 * command line of ddrescue, of any length. */
static bool read_line(FILE *f, char *line, size_t size)
{
	if (!fgets(line, (int)size, f))
		return false;
	if (!strchr(line, '\n')) {
		for (int c = fgetc(f); c != EOF && c != '\n';)
			c = fgetc(f);
	}
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

static enum rom_status read_map(
	struct rescue_image *r, const char *path, FILE *f, struct rom_err *err)
{
	char line[LINE_SIZE];
	struct mapfile m = { .r = r };

	for (unsigned n = 1; read_line(f, line, sizeof(line)); n++) {
		if (!parse_line(&m, line))
			return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
				"%s: line %u: expected \"position size "
				"status\" in rising order, as in a ddrescue "
				"mapfile, got \"%.40s\"",
				path, n, line);
	}
	if (!m.has_state)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is not a ddrescue mapfile: it has no list of "
			"areas",
			path);
	/* the map of a smaller medium, or one cut short, says nothing about the
	 * rest */
	if (m.end < r->img.size)
		add_bad(r, m.end, r->img.size - m.end);
	return ROM_OK;
}

bool rom_image_is_rescue_map(const char *path)
{
	char line[LINE_SIZE] = "";
	FILE *f;

	/* opening a FIFO would wait for who writes to it */
	if (!rom_path_is_file(path))
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	fclose(f);
	return *line == '#' && strstr(line, "ddrescue");
}

enum rom_status rom_image_open_rescue(struct rom_image *img, const char *map,
	struct rom_image **ret, struct rom_err *err)
{
	struct rescue_image *r = rom_alloc(sizeof(*r));
	FILE *f = fopen(map, "re");
	enum rom_status st;

	r->img = (struct rom_image){ &rescue_ops, rom_strdup(img->name),
		img->size, 1 };
	r->below = rom_image_ref(img);
	if (!f) {
		st = rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot open: %s", map, strerror(errno));
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
