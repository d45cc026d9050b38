/* SPDX-License-Identifier: MIT */
/* probe_priv.h - what a prober is: one file, one const struct, one row in
 * probers.def */
#ifndef ROMSPLIT_PROBE_PRIV_H
#define ROMSPLIT_PROBE_PRIV_H

#include "romsplit/disk.h"
#include "romsplit/probe.h"

struct rom_magic {
	const char *bytes;
	size_t len;
	uint64_t offset;
	bool from_end; /* at counts back from the end of the partition */
};

#define ROM_MAX_MAGICS 6

struct rom_prober {
	/* the content name, unless probe() sets another */
	const char *name;
	/* the same of what it is for, see model.h; all is copied into the
	 * claim */
	enum rom_usage usage;
	unsigned traits;
	/* what magic[0] is, for people, and a command that unpacks such an
	 * image; may be NULL */
	const char *magic_text, *unpack;
	/* smaller partitions are not asked */
	uint64_t min_size;
	/* any of them lets probe() look */
	struct rom_magic magic[ROM_MAX_MAGICS];
	/* ROM_NO_MATCH, or fills ret->bits and what else it read. */
	enum rom_status (*probe)(struct rom_image *img, struct rom_claim *ret,
		struct rom_err *err);
};

#define ROM_PROBER(name) extern const struct rom_prober rom_prober_##name;
#include "probers.def"
#undef ROM_PROBER

#endif
