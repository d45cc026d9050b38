/* SPDX-License-Identifier: MIT */
/*
 * dtbo.c - recognise a table of device trees or overlays
 *
 * Header, 32 bytes, big-endian (AOSP system/libufdt/utils/src/dt_table.h)
 *   0x00 4 D7B7AB1E  0x04 4 total bytes  0x08 4 header bytes
 *   0x0c 4 entry bytes  0x10 4 entries
 *   0x14 4 entries at  0x18 4 page  0x1c 4 version
 */
#include <inttypes.h>

#include "probe_priv.h"

enum { HEADER_LEN = 32, MAX_ENTRIES = 4096 };

static enum rom_status probe_dtbo(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint32_t total = rom_be32(&v, 4), entries = rom_be32(&v, 0x10);

	if (st)
		return st;
	if (rom_be32(&v, 8) != HEADER_LEN || rom_be32(&v, 12) < 32 ||
		entries > MAX_ENTRIES || total < HEADER_LEN)
		return rom_fail(err, ROM_E_CORRUPT, 8,
			"dtbo header: expected 32 bytes and up to %d entries, "
			"got %" PRIu32 " and %" PRIu32,
			MAX_ENTRIES, rom_be32(&v, 8), entries);
	ret->bits = 32 + 48;
	ret->used = total;
	rom_facts_number(&ret->detail, "size", total);
	rom_facts_number(&ret->detail, "entries", entries);
	rom_facts_number(&ret->detail, "version", rom_be32(&v, 0x1c));
	return ROM_OK;
}

const struct rom_prober rom_prober_dtbo = {
	.name = "dtbo",
	.usage = ROM_USAGE_IMAGE,
	.traits = ROM_TRAIT_FLASHED,
	.min_size = HEADER_LEN,
	.magic = { { "\xd7\xb7\xab\x1e", 4, 0, false } },
	.probe = probe_dtbo,
};
