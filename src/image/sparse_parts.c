/* SPDX-License-Identifier: MIT */
/*
 * sparse_parts.c - finds the parts of a split sparse image, and names those
 * that are missing
 *
 * Names differ in one number: userdata.img_sparsechunk.0, super.img.1,
 * super.2.0a1b2c3d.img (the hash is another in each), system_sparse_3.img.
 * Which number it is, and which files are parts, is decided by content: a part
 * expands to the same size, and holds nothing that another part holds.
 */
#include <ctype.h>
#include <stdlib.h>

#include "romsplit/os.h"
#include "sparse_priv.h"

enum {
	MAX_PARTS = 1000,
	MAX_DIGITS = 4,
	MAX_NAMED = 8, /* missing parts in one message */
	HASH_LEN = 6,  /* a shorter word of hex digits is no hash */
	/* no filesystem and no super lacks all of its first two blocks */
	FRONT = 8192,
};

/* A file name, divided at one of its numbers. */
struct family {
	const char *path; /* of the file that the user named */
	size_t dir;	  /* characters of its directory, with the slash */
	size_t stem;	  /* characters before the number */
	size_t digits;
	const char *tail; /* what follows the number */
};

struct member {
	char *name; /* in the directory */
	unsigned number;
};

typedef ROM_VEC(struct member) member_list;

/* ---- names --------------------------------------------------------------- */

static size_t count_digits(const char *s)
{
	size_t n = 0;

	while (s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

/* The length of ".HASH" at the start of s; 0: there is none. */
static size_t hash_len(const char *s)
{
	size_t n = 1;

	if (*s != '.')
		return 0;
	while (isxdigit((unsigned char)s[n]))
		n++;
	return n > HASH_LEN && s[n] == '.' ? n : 0;
}

static bool is_same_tail(const char *a, const char *b)
{
	return !strcmp(a, b) ||
	       (hash_len(a) && hash_len(b) &&
		       !strcmp(a + hash_len(a), b + hash_len(b)));
}

/* True when name differs from that of the family in its number only. */
static bool is_member(const struct family *f, const char *name, unsigned *ret)
{
	const char *mine = f->path + f->dir;
	size_t digits;

	if (strncmp(name, mine, f->stem))
		return false;
	digits = count_digits(name + f->stem);
	if (!digits || digits > MAX_DIGITS ||
		!is_same_tail(name + f->stem + digits, f->tail))
		return false;
	*ret = (unsigned)strtoul(name + f->stem, NULL, 10);
	return true;
}

/* The number in the name before position end (from the start of the path); the
 * last one first. False when there is no other. */
static bool previous_number(const char *path, size_t end, struct family *ret)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - path) : 0, from;

	while (end > dir && !isdigit((unsigned char)path[end - 1]))
		end--;
	for (from = end; from > dir && isdigit((unsigned char)path[from - 1]);)
		from--;
	if (from == end)
		return false;
	*ret = (struct family){ path, dir, from - dir, end - from, path + end };
	return true;
}

static size_t number_start(const struct family *f)
{
	return f->dir + f->stem;
}

/* Numbers of parts stand at the end, before a hash, or alone between dots. */
static bool looks_like_part(const struct family *f)
{
	bool dot = f->stem && f->path[number_start(f) - 1] == '.';

	return f->digits <= MAX_DIGITS &&
	       (!*f->tail || (dot && *f->tail == '.'));
}

static char *name_of(const struct family *f, unsigned number)
{
	size_t hash = hash_len(f->tail);

	return rom_format("%.*s%0*u%s%s", (int)f->stem, f->path + f->dir,
		f->path[number_start(f)] == '0' ? (int)f->digits : 1, number,
		hash ? ".*" : "", f->tail + hash);
}

/* ---- which files lie beside it ------------------------------------------- */

struct listing {
	const struct family *f;
	member_list *out;
};

static bool add_name(void *ctx, const char *name)
{
	struct listing *l = ctx;
	unsigned number;

	if (is_member(l->f, name, &number))
		*rom_vec_add(l->out) =
			(struct member){ rom_strdup(name), number };
	return l->out->n < MAX_PARTS;
}

static int by_number(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->name && y->name ? strcmp(x->name, y->name) : 0;
}

static void list_members(const struct family *f, member_list *ret)
{
	struct listing l = { f, ret };
	ROM_AUTO char *path = f->dir ? rom_format("%.*s", (int)f->dir, f->path)
				     : rom_strdup(".");
	ROM_AUTO_DIR struct rom_dir *dir = rom_dir_open(path);

	if (dir)
		rom_dir_list(dir, add_name, &l);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_number);
}

static void members_done(member_list *m)
{
	struct member *x;

	rom_each (x, m)
		free(x->name);
	rom_vec_done(m);
}

/* ---- which of them are parts --------------------------------------------- */

/* What the parts found so far hold together. */
struct held {
	rom_chunks chunks;
	uint64_t size;
	char *remark; /* about a file that is not a part */
};

/* Adds what img holds, unless the parts hold some of it already. */
static bool takes(struct held *h, struct rom_image *img)
{
	rom_chunks own = { 0 }, both = { 0 };
	struct rom_err err;
	uint64_t size;
	bool fits = !rom_sparse_read(img, 0,
			    ROM_MAX_SPARSE_CHUNKS -
				    rom_min(h->chunks.n, ROM_MAX_SPARSE_CHUNKS),
			    &own, &size, &err) &&
		    size == h->size;

	fits = fits &&
	       rom_sparse_merge(&own, &h->chunks, &both) == ROM_NO_OFFSET;
	rom_vec_done(&own);
	if (!fits) {
		rom_vec_done(&both);
		return false;
	}
	rom_vec_done(&h->chunks);
	h->chunks = both;
	return true;
}

static bool is_same_file(const struct family *f, const char *name)
{
	return !strcmp(f->path + f->dir, name);
}

static bool has_name(const struct family *f, const member_list *m)
{
	const struct member *x;

	rom_each (x, m) {
		if (is_same_file(f, x->name))
			return true;
	}
	return false;
}

/* Opens one of the files; NULL when it is no part. */
static struct rom_image *open_part(
	const struct family *f, const char *name, struct held *h)
{
	ROM_AUTO char *path = rom_format("%.*s%s", (int)f->dir, f->path, name);
	struct rom_image *img = NULL;
	struct rom_err err;

	if (rom_image_open_file(path, &img, &err))
		return NULL;
	if (rom_image_is_sparse(img) && takes(h, img))
		return img;
	if (rom_image_is_sparse(img) && !h->remark) {
		ROM_AUTO char *shown = rom_printable(path, strlen(path));

		h->remark = rom_format(
			"%s is a sparse image too, but not a part of this "
			"one: it holds the same blocks, or expands to another "
			"size; it is not used",
			shown);
	}
	rom_image_close(img);
	return NULL;
}

/* Adds the parts of the family to list, in order, and removes from members what
 * is none. */
static void add_parts(const struct family *f, member_list *members,
	struct held *h, rom_image_list *list)
{
	struct rom_image *named = list->v[0];
	size_t n = 0;

	if (!has_name(f, members))
		/* its folder cannot be listed, or its number is too long */
		return;
	list->n = 0;
	for (size_t i = 0; i < members->n; i++) {
		struct member m = members->v[i];
		struct rom_image *img = is_same_file(f, m.name)
						? named
						: open_part(f, m.name, h);

		if (!img) {
			free(m.name);
			continue;
		}
		*rom_vec_add(list) = img;
		members->v[n++] = m;
	}
	members->n = n;
}

/* ---- which are missing --------------------------------------------------- */

static bool has_number(const member_list *m, unsigned number)
{
	const struct member *x;

	rom_each (x, m) {
		if (x->number == number)
			return true;
	}
	return false;
}

static void append(char **text, const char *more)
{
	char *old = *text;

	*text = old ? rom_format("%s, %s", old, more) : rom_strdup(more);
	free(old);
}

/* The names of missing parts: those between others, and the one before the
 * first when it must exist. NULL: none. */
static char *missing_names(
	const struct family *f, const member_list *m, bool front)
{
	unsigned first = m->v[0].number, last = m->v[m->n - 1].number;
	char *names = NULL;
	size_t n = 0;

	for (unsigned i = front && first ? first - 1 : first; i < last; i++) {
		ROM_AUTO char *name = name_of(f, i);
		ROM_AUTO char *shown = rom_printable(name, strlen(name));

		if (has_number(m, i) || ++n > MAX_NAMED)
			continue;
		append(&names, shown);
	}
	if (n > MAX_NAMED)
		append(&names, "...");
	return names;
}

static void name_missing(const struct family *f, const member_list *m,
	bool front, struct rom_sparse_parts *ret)
{
	ROM_AUTO char *names = missing_names(f, m, front);

	ret->next = name_of(f, m->v[m->n - 1].number + 1);
	if (names)
		ret->gap = rom_format(
			"the sparse image is split, and of its parts these "
			"are missing, or damaged: %s; what they hold is not "
			"taken for zeros; put them next to the others and run "
			"again",
			names);
}

/* Nothing of the first blocks is in any part. */
static bool front_is_left_out(const rom_chunks *c)
{
	return c->n && c->v[0].type == ROM_CHUNK_LEFT_OUT &&
	       c->v[0].range.len >= FRONT;
}

/* ---- together ------------------------------------------------------------ */

/* Tries one number of the name. True when it tells of parts. */
static bool try_family(const struct family *f, struct held *h, bool only_alone,
	rom_image_list *list, struct rom_sparse_parts *ret)
{
	member_list members = { 0 };
	bool found;

	list_members(f, &members);
	add_parts(f, &members, h, list);
	found = list->n > 1 || (only_alone && members.n == 1);
	if (found)
		name_missing(f, &members, front_is_left_out(&h->chunks), ret);
	members_done(&members);
	return found;
}

void rom_sparse_find_parts(rom_image_list *list, struct rom_sparse_parts *ret)
{
	const char *path = list->v[0]->name;
	struct held h = { 0 };
	struct family f;
	struct rom_err err;
	bool found = rom_sparse_read(list->v[0], 0, ROM_MAX_SPARSE_CHUNKS,
			     &h.chunks, &h.size, &err) != ROM_OK;

	for (size_t end = strlen(path);
		!found && previous_number(path, end, &f);
		end = number_start(&f))
		found = try_family(&f, &h, false, list, ret);
	/* no other part is here: a name like that of a part tells that there
	 * were others, if something of the image is missing */
	for (size_t end = strlen(path);
		!found && previous_number(path, end, &f);
		end = number_start(&f))
		found = looks_like_part(&f) &&
			try_family(&f, &h, true, list, ret);
	ret->remark = h.remark;
	rom_vec_done(&h.chunks);
}

/* The number in which the names of the files differ. False: they do not differ
 * in one number only. */
static bool common_family(
	const rom_image_list *list, member_list *members, struct family *ret)
{
	const char *path = list->v[0]->name;

	for (size_t end = strlen(path); previous_number(path, end, ret);
		end = number_start(ret)) {
		members->n = 0;
		for (size_t i = 0; i < list->n; i++) {
			const char *other = list->v[i]->name;
			unsigned number;

			if (strncmp(other, path, ret->dir) ||
				!is_member(ret, other + ret->dir, &number))
				break;
			*rom_vec_add(members) = (struct member){ NULL, number };
		}
		if (members->n == list->n)
			return true;
	}
	return false;
}

void rom_sparse_name_parts(const rom_image_list *list, struct rom_image *merged,
	struct rom_sparse_parts *ret)
{
	bool front = merged->size >= FRONT &&
		     rom_image_left_out(merged, 0, FRONT) == FRONT;
	member_list members = { 0 };
	struct family f;

	if (common_family(list, &members, &f)) {
		qsort(members.v, members.n, sizeof(*members.v), by_number);
		name_missing(&f, &members, front, ret);
	}
	rom_vec_done(&members);
}
