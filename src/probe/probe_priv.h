/* SPDX-License-Identifier: MIT */
/* probe_priv.h - a prober is one file, one const struct and one row in
 * probers.def */
#ifndef ROMSPLIT_PROBE_PRIV_H
#define ROMSPLIT_PROBE_PRIV_H

#include "romsplit/disk.h"
#include "romsplit/probe.h"

struct rom_magic {
	const char *bytes;
	size_t len;
	uint64_t offset;
	/* offset counts backwards from the end of the partition */
	bool from_end;
};

#define ROM_MAX_MAGICS 6

struct rom_prober {
	/* the format's name, unless probe() sets another */
	const char *name;
	/* its usage and traits, see model.h; all of it is copied into the
	 * claim */
	enum rom_usage usage;
	unsigned traits;
	/* magic[0] in words, and a command that unpacks such an image; either
	 * may be NULL */
	const char *magic_text, *unpack;
	/* smaller partitions are skipped */
	uint64_t min_size;
	/* probe() is called when any of them matches */
	struct rom_magic magic[ROM_MAX_MAGICS];
	/* Returns ROM_NO_MATCH, or sets ret->bits and whatever else it has
	 * read. */
	enum rom_status (*probe)(struct rom_image *img, struct rom_claim *ret,
		struct rom_err *err);
};

#define ROM_PROBER(name) extern const struct rom_prober rom_prober_##name;
#include "probers.def"
#undef ROM_PROBER

#endif
