/* SPDX-License-Identifier: MIT */
/*
 * env.c - recognise the environment of MediaTek's lk, in para or misc
 *
 * 16 KiB, at 0x20000 and read-only at 0x24000 (older: at 0): "ENV_v1", then
 * key=value texts, each ended by NUL, an empty one last.
 */
#include "probe_priv.h"

enum { AREA_LEN = 16384, MAX_TEXTS = 64 };

static enum rom_status probe_env(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	static const uint64_t offsets[] = { 0x20000, 0x24000, 0 };
	ROM_AUTO uint8_t *buf = rom_alloc(AREA_LEN);

	for (size_t i = 0; i < 3; i++) {
		struct rom_buffer v = { .p = buf, .offset = offsets[i] };
		size_t offset = 8, texts = 0;

		if (rom_read_some(
			    img, buf, AREA_LEN, offsets[i], &v.len, err) ||
			v.len < 16 || memcmp(buf, "ENV_v1", 6))
			continue;
		ret->bits = 48;
		rom_facts_number(&ret->detail, "at", offsets[i]);
		for (; offset < v.len && buf[offset] && texts < MAX_TEXTS;
			texts++) {
			struct rom_facts *item =
				rom_facts_item(&ret->detail, "variables");

			rom_facts_buffer(
				item, "text", &v, offset, v.len - offset);
			offset += strnlen((const char *)buf + offset,
					  v.len - offset) +
				  1;
		}
		return ROM_OK;
	}
	return ROM_NO_MATCH;
}

const struct rom_prober rom_prober_env = {
	.name = "env",
	.usage = ROM_USAGE_CONFIG,
	.min_size = 16,
	.magic = { { "ENV_v1", 6, 0x20000, false },
		{ "ENV_v1", 6, 0x24000, false }, { "ENV_v1", 6, 0, false } },
	.probe = probe_env,
};
