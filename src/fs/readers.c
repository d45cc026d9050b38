/* SPDX-License-Identifier: MIT */
/* readers.c - selects the reader for an image: the one with the most
 * evidence */
#include <stdlib.h>

#include "fs_priv.h"

static const struct rom_fs_reader *const readers[] = {
#define ROM_READER(name) &rom_reader_##name,
#include "readers.def"
#undef ROM_READER
};

enum {
	READERS = sizeof(readers) / sizeof(*readers),
	/* bits of remains that need no long search for others: a sound
	   superblock and the root that it leads to */
	CERTAIN = 128,
};

/* ---- by evidence --------------------------------------------------------- */

struct bid {
	const struct rom_fs_reader *reader;
	unsigned bits;
};

/* Collects the readers that bid, sorted by bits, descending; equal bids keep
 * the order of readers.def. Returns how many. */
static size_t collect_bids(
	struct rom_image *img, bool remains, struct bid ret[READERS])
{
	size_t n = 0;

	for (size_t i = 0; i < READERS; i++) {
		const struct rom_fs_reader *r = readers[i];
		const bool needless = remains && r->searches_long && n &&
				      ret[0].bits >= CERTAIN;
		unsigned (*bid)(struct rom_image * img) =
			remains ? r->bid_remains : r->bid;
		struct bid b = { r, bid && !needless ? bid(img) : 0 };
		size_t k = n;

		if (!b.bits)
			continue;
		for (; k > 0 && ret[k - 1].bits < b.bits; k--)
			ret[k] = ret[k - 1];
		ret[k] = b;
		n++;
	}
	return n;
}

static enum rom_status open_by_bids(struct rom_image *img, bool remains,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct bid bids[READERS];
	size_t n = collect_bids(img, remains, bids);
	enum rom_status st = ROM_NO_MATCH;

	for (size_t i = 0; i < n && st == ROM_NO_MATCH; i++)
		st = bids[i].reader->open(img, options, ret, err);
	return st;
}

/* ---- without a superblock or root ---------------------------------------- */

/* Remains of an earlier filesystem may outnumber those of the current one, but
 * are older: time decides first, then the number of nodes. */
static bool is_stronger(const struct rom_fs_scan_result *a,
	const struct rom_fs_scan_result *than)
{
	if (!a->nodes || !than->nodes)
		return a->nodes > than->nodes;
	return a->newest != than->newest ? a->newest > than->newest
					 : a->nodes > than->nodes;
}

/* The reader with the strongest quick scan, and its result; NULL: no reader
 * found anything. */
static const struct rom_fs_reader *scan_all(
	struct rom_image *img, struct rom_fs_scan_result *ret)
{
	const struct rom_fs_reader *best = NULL;

	*ret = (struct rom_fs_scan_result){ 0 };
	for (size_t i = 0; i < READERS; i++) {
		struct rom_fs_scan_result seen = { 0 };

		if (!readers[i]->quick_scan)
			continue;
		readers[i]->quick_scan(img, &seen);
		if (!is_stronger(&seen, ret))
			continue;
		*ret = seen;
		best = readers[i];
	}
	return best;
}

void rom_fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret)
{
	scan_all(img, ret);
}

/* Tries the reader with the strongest quick scan first, then the others. */
static enum rom_status open_full_scan(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct rom_fs_scan_result seen;
	const struct rom_fs_reader *first = scan_all(img, &seen);
	enum rom_status st = first && first->full_scan
				     ? first->full_scan(img, options, ret, err)
				     : ROM_NO_MATCH;

	for (size_t i = 0; i < READERS && st == ROM_NO_MATCH; i++) {
		if (readers[i] != first && readers[i]->full_scan)
			st = readers[i]->full_scan(img, options, ret, err);
	}
	return st;
}

/* ---- opening ------------------------------------------------------------- */

/* An image whose beginning cannot be read must fail as such: it does not follow
 * that it holds no filesystem. */
static enum rom_status check_readable(
	struct rom_image *img, struct rom_err *err)
{
	uint8_t buf[4096];
	size_t len;
	enum rom_status st = rom_read_some(img, buf, sizeof(buf), 0, &len, err);

	return st == ROM_E_IO ? st : ROM_NO_MATCH;
}

/* Sets the fields that fscrypt needs. */
static void attach_keyring(struct rom_fs *fs, struct rom_image *meta,
	struct rom_image *data, const struct rom_fs_options *options)
{
	if (meta != data)
		fs->raw = rom_image_ref(data);
	if (!options->keyring)
		return;
	fs->keyring = rom_keyring_ref(options->keyring);
	if (fs->reader->uuid)
		fs->reader->uuid(fs);
}

/* The place is meant, and what it leads to: nobody bids. */
static enum rom_status open_at_place(struct rom_image *meta,
	struct rom_image *data, const struct rom_fs_options *options,
	struct rom_fs **ret, struct rom_err *err)
{
	const struct rom_fs_place *place = options->place;
	ROM_AUTO_IMAGE struct rom_image *part = rom_fs_place_slice(meta, place);
	enum rom_status st =
		rom_fs_reader_of(place)->open(part, options, ret, err);

	if (st)
		return st;
	(*ret)->start = place->start;
	(*ret)->options.place = NULL;
	if (meta == data) {
		attach_keyring(*ret, part, part, options);
	} else {
		ROM_AUTO_IMAGE struct rom_image *raw =
			rom_fs_place_slice(data, place);

		attach_keyring(*ret, part, raw, options);
	}
	return ROM_OK;
}

enum rom_status rom_fs_open(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	static const struct rom_fs_options none = { 0 };
	enum rom_status st;

	options = options ? options : &none;
	if (options->place)
		return open_at_place(meta, data, options, ret, err);
	st = open_by_bids(meta, false, options, ret, err);
	if (st == ROM_NO_MATCH)
		st = open_by_bids(meta, true, options, ret, err);
	if (st == ROM_NO_MATCH && options->full_scan)
		st = open_full_scan(meta, options, ret, err);
	/* what a scan found before it was stopped is not all */
	if (rom_is_stopped(options->progress)) {
		if (!st)
			rom_fs_close(*ret);
		return rom_fail(err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	}
	if (st == ROM_NO_MATCH)
		return check_readable(meta, err);
	if (!st)
		attach_keyring(*ret, meta, data, options);
	return st;
}

char *rom_fs_readers(void)
{
	char *text = rom_strdup(readers[0]->words);

	for (size_t i = 1; i < READERS; i++) {
		char *longer = rom_format("%s%s%s", text,
			i + 1 < READERS ? ", " : " and ", readers[i]->words);

		free(text);
		text = longer;
	}
	return text;
}
