/* SPDX-License-Identifier: MIT */
/* pmt_copy.c - finds the two copies of a PMT and selects the better one */
#include <ctype.h>
#include <stdlib.h>

#include "pmt_priv.h"

enum {
	OLD_LEN = 2048,
	OLD_FROM = 1024,
	OLD_TO = 0xc00000,
	STEP = 512,
	SEARCH_CHUNK = 64 << 10, /* bytes that are read at once in the search */
	SIGNATURE_LEN = 4,
	TAIL = 4 << 20,
};

/* ---- one copy ------------------------------------------------------------ */

static bool is_signature(const uint8_t *p, bool mirror)
{
	return p[0] >= '1' && p[0] <= '3' &&
	       !memcmp(p + 1, mirror ? "TPM" : "vTP", 3);
}

static bool copy_name(const uint8_t *p, char *name)
{
	size_t n = strnlen((const char *)p, PMT_NAME_LEN);

	for (size_t i = 0; i < n; i++) {
		if (!isalnum(p[i]) && p[i] != '_')
			return false;
	}
	memcpy(name, p, n);
	name[n] = '\0';
	return n > 0;
}

/* False where the table ends. */
static bool entry_at(
	struct rom_buffer *v, size_t off, size_t len, struct pmt_entry *ret)
{
	struct pmt_entry e = { .part = PMT_PART_USER };

	if (off + len > v->len || !copy_name(v->p + off, e.name))
		return false;
	off += PMT_NAME_LEN;
	if (len == 76) {
		e.size = rom_le32(v, off);
		e.offset = rom_le32(v, off + 4);
	} else {
		e.size = rom_le64(v, off);
		e.offset = rom_le64(v, off + (len == 96 ? 16 : 8));
	}
	if (len == 96)
		e.part = rom_le64(v, off + 8);
	*ret = e;
	return e.part <= PMT_PART_USER;
}

/* How many entries are plausible if they have that length: a name, and an
 * offset not before that of the last entry. The length with the most plausible
 * entries is the right one. */
static size_t count_entries(struct rom_buffer *v, size_t from, size_t len)
{
	struct pmt_entry e;
	uint64_t last = 0;
	size_t n = 0;

	while (n < PMT_MAX_ENTRIES && entry_at(v, from + n * len, len, &e)) {
		if (e.part == PMT_PART_USER && !rom_pmt_is_code(e.offset)) {
			if (e.offset < last || e.offset >> 48)
				break;
			last = e.offset;
		}
		n++;
	}
	return n;
}

static void read_entries(struct pmt_copy *c, struct rom_buffer *v)
{
	static const size_t lengths[] = { 88, 96, 76 };
	size_t from = c->is_new ? 8 : 4;

	for (size_t i = 0; i < 3; i++) {
		size_t n = count_entries(v, from, lengths[i]);

		if (n > c->n) {
			c->n = n;
			c->entry_len = lengths[i];
		}
	}
	for (size_t i = 0; i < c->n; i++)
		entry_at(
			v, from + i * c->entry_len, c->entry_len, &c->entry[i]);
}

/* Old tables with too many entries continue in the next 2 KiB, which has no
 * signature of its own. */
static size_t join_second_half(
	struct rom_image *img, uint64_t offset, uint8_t *buf)
{
	struct rom_err err;

	if (buf[OLD_LEN - 7] >> 4 != 1 ||
		rom_read(img, buf + OLD_LEN - 8, OLD_LEN, offset + OLD_LEN,
			&err))
		return OLD_LEN - 8;
	return 2 * OLD_LEN - 8;
}

static bool read_copy(struct rom_image *img, uint64_t offset, bool is_new,
	bool mirror, struct pmt_copy *ret)
{
	size_t len = is_new ? PMT_NEW_LEN : OLD_LEN;
	uint8_t buf[2 * PMT_NEW_LEN];
	struct rom_buffer v = { .p = buf, .offset = offset };
	struct rom_err err;

	*ret = (struct pmt_copy){
		.offset = offset, .is_new = is_new, .is_mirror = mirror
	};
	if (offset > img->size || rom_read(img, buf, len, offset, &err))
		return false;
	ret->signed_twice = is_signature(buf, mirror) &&
			    is_signature(buf + len - 4, mirror);
	if (!is_signature(buf, mirror) && !is_signature(buf + len - 4, mirror))
		return false;
	ret->sequence = buf[len - 8];
	v.len = is_new ? len - 8 : join_second_half(img, offset, buf);
	read_entries(ret, &v);
	return ret->n >= 3;
}

/* ---- the best of both copies --------------------------------------------- */

static bool is_better(const struct pmt_copy *a, const struct pmt_copy *b)
{
	if (!b->n || !a->n)
		return a->n > 0;
	if (a->signed_twice != b->signed_twice)
		return a->signed_twice;
	return a->sequence > b->sequence;
}

/* Reads the main copy at offset and the mirror after it, and selects one. */
static bool read_pair(struct pmt_search *s, uint64_t offset, bool is_new)
{
	struct pmt_copy *main_copy = rom_alloc(2 * sizeof(*main_copy)),
			*mirror = main_copy + 1;
	uint64_t behind = offset + (is_new ? PMT_NEW_LEN : OLD_LEN);
	bool good = read_copy(s->img, offset, is_new, false, main_copy) &&
		    (s->accept_damaged || main_copy->signed_twice);
	bool mirror_good = read_copy(s->img, behind, is_new, true, mirror) &&
			   (s->accept_damaged || mirror->signed_twice);

	if (!good)
		main_copy->n = 0;
	if (!mirror_good)
		mirror->n = 0;
	s->best = is_better(mirror, main_copy) ? *mirror : *main_copy;
	s->other_bad = !good || !mirror_good;
	free(main_copy);
	return s->best.n > 0;
}

/* Reads consecutive sectors. After an error only the signatures of the readable
 * ones are read. */
static void read_sectors(
	struct rom_image *img, uint64_t offset, uint8_t *buf, size_t len)
{
	struct rom_err err;

	if (!rom_read(img, buf, len, offset, &err))
		return;
	memset(buf, 0, len);
	for (size_t off = 0; off < len; off += STEP) {
		if (rom_read(img, buf + off, SIGNATURE_LEN, offset + off, &err))
			memset(buf + off, 0, SIGNATURE_LEN);
	}
}

/* Each sector may be the start of a main copy, with its mirror len bytes
 * later. */
static bool find_pair_in(struct pmt_search *s, const uint8_t *sectors,
	struct rom_range where, bool is_new)
{
	size_t len = is_new ? PMT_NEW_LEN : OLD_LEN;

	for (size_t off = 0; off < where.len; off += STEP) {
		if ((is_signature(sectors + off, false) ||
			    is_signature(sectors + off + len, true)) &&
			read_pair(s, where.offset + off, is_new))
			return true;
	}
	return false;
}

static bool find_pair(struct pmt_search *s, struct rom_range where, bool is_new)
{
	ROM_AUTO uint8_t *sectors = rom_alloc(SEARCH_CHUNK + PMT_NEW_LEN);
	size_t len = is_new ? PMT_NEW_LEN : OLD_LEN;

	for (uint64_t offset = where.offset;
		offset + 2 * len <= rom_range_end(where);
		offset += SEARCH_CHUNK) {
		/* offset of the last sector that can begin a pair */
		uint64_t last =
			(rom_range_end(where) - 2 * len - offset) / STEP;
		struct rom_range part = { offset,
			rom_min(SEARCH_CHUNK, (last + 1) * STEP) };

		read_sectors(s->img, offset, sectors, (size_t)part.len + len);
		if (find_pair_in(s, sectors, part, is_new))
			return true;
	}
	return false;
}

/* The newer form is 1 MiB before the end; in a dump of unusual length,
 * somewhere in its last 4 MiB. */
static bool find_new(struct pmt_search *s)
{
	uint64_t size = s->img->size,
		 from = size > TAIL ? (size - TAIL) / STEP * STEP : 0;

	if (size >= PMT_NEW_FROM_END &&
		read_pair(s, size - PMT_NEW_FROM_END, true))
		return true;
	return find_pair(s, (struct rom_range){ from, size - from }, true);
}

static bool find_old(struct pmt_search *s)
{
	uint64_t to = rom_min(s->img->size, OLD_TO);

	return to > OLD_FROM &&
	       find_pair(
		       s, (struct rom_range){ OLD_FROM, to - OLD_FROM }, false);
}

/* The file begins with a filesystem that fills most of it: it is a single
 * partition, and searching megabytes for a table is pointless. */
static bool is_one_partition(struct rom_image *img)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = ROM_F2FS_SUPER_AT
	};
	struct rom_ext4_super ext4;
	struct rom_f2fs_super f2fs;
	struct rom_err err;
	uint64_t size = 0;

	if (img->size < ROM_F2FS_SUPER_AT + sizeof(buf) ||
		rom_read(img, buf, sizeof(buf), ROM_F2FS_SUPER_AT, &err))
		return false;
	if (!rom_f2fs_super_decode(&v, &f2fs, &err))
		rom_mul(f2fs.blocks, f2fs.block_size, &size);
	v.len = ROM_EXT4_SUPER_LEN;
	if (!rom_ext4_super_decode(&v, &ext4, &err))
		rom_mul(ext4.blocks, ext4.block_size, &size);
	return size / 2 >= img->size / 4;
}

bool rom_pmt_find(struct pmt_search *s)
{
	return !is_one_partition(s->img) && (find_new(s) || find_old(s));
}
