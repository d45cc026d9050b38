/* SPDX-License-Identifier: MIT */
/*
 * super.c - recognise a partition of logical partitions
 *
 * Geometry (disk/lp_metadata.c) at byte 4096, copy at 8192, or at 0 in a
 * super_empty image
 */
#include "probe_priv.h"

static enum rom_status probe_super(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	static const uint64_t offsets[] = { 4096, 8192, 0 };
	uint8_t buf[ROM_LP_GEOMETRY_LEN];
	struct rom_lp_geometry g;

	for (size_t i = 0; i < 3; i++) {
		struct rom_buffer v = {
			.p = buf, .len = sizeof(buf), .offset = offsets[i]
		};

		if (rom_read(img, buf, sizeof(buf), offsets[i], err) ||
			rom_lp_geometry_decode(&v, &g, err))
			continue;
		ret->bits = 32 + 256;
		rom_facts_number(&ret->detail, "slots", g.slots);
		rom_facts_number(&ret->detail, "metadata_max", g.metadata_max);
		rom_facts_number(&ret->detail, "block_size", g.block_size);
		return ROM_OK;
	}
	return ROM_E_CORRUPT;
}

const struct rom_prober rom_prober_super = {
	.name = "super",
	.usage = ROM_USAGE_CONTAINER,
	.traits = ROM_TRAIT_FLASHED,
	.min_size = 4096,
	.magic = { { "gDla", 4, 4096, false }, { "gDla", 4, 8192, false },
		{ "gDla", 4, 0, false } },
	.probe = probe_super,
};
