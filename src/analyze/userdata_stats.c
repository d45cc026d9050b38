/* SPDX-License-Identifier: MIT */
/* userdata_stats.c - do the bytes of userdata look like ciphertext? */
#include "analyze_priv.h"
#include "romsplit/crypt.h"

enum {
	SAMPLE_USERDATA = 4 << 20,
	HEAD_LEN = 64 << 10,
	GROUP_LEN = 128 << 20,
	GROUP_HEAD = 4 * ROM_STATS_BLOCK,
	MAX_GROUPS = 128, /* that are read */
};

static void read_ends(struct rom_image *part, struct rom_userdata_facts *f)
{
	ROM_AUTO uint8_t *buf = rom_alloc(HEAD_LEN);
	struct rom_stats_sink s;
	struct rom_err err;

	rom_stats_sink_init(&s, (struct rom_range){ 0, HEAD_LEN }, 0);
	if (!rom_read(part, buf, HEAD_LEN, 0, &err)) {
		rom_stats_add(&s, buf, HEAD_LEN);
		f->head_random = s.stats.structured == 0 && s.stats.random > 0;
	}
	if (part->size > ROM_CRYPT_FOOTER_AREA &&
		!rom_read(part, buf, ROM_CRYPT_FOOTER_AREA,
			part->size - ROM_CRYPT_FOOTER_AREA, &err))
		f->tail_constant =
			!memcmp(buf, buf + 1, ROM_CRYPT_FOOTER_AREA - 1);
}

/* ext4 has its bitmaps and backup superblocks where a group begins, every 128
 * MiB with blocks of 4 KiB. These blocks distinguish a filesystem full of films
 * from ciphertext, and a sample spread over the partition may miss them. */
static uint64_t structured_in_groups(struct rom_image *part, uint64_t len)
{
	uint64_t n = len / GROUP_LEN, step = rom_max(n / MAX_GROUPS, 1);
	uint8_t buf[GROUP_HEAD];
	struct rom_stats_sink s;
	struct rom_err err;

	rom_stats_sink_init(&s, (struct rom_range){ 0, GROUP_HEAD }, 0);
	for (uint64_t g = step; g < n; g += step) {
		if (!rom_read(part, buf, sizeof(buf), g * GROUP_LEN, &err))
			rom_stats_add(&s, buf, sizeof(buf));
	}
	return s.stats.structured;
}

/* A footer in the last 16 KiB has low entropy and would hide that the rest is
 * random: it is left out. */
static void sample_body(struct rom_image *part, struct rom_partition *p)
{
	ROM_AUTO_IMAGE struct rom_image *body = NULL;
	struct rom_partition shorter = *p;

	if (p->present > ROM_CRYPT_FOOTER_AREA)
		shorter.present -= ROM_CRYPT_FOOTER_AREA;
	body = rom_image_open_slice(
		part, (struct rom_range){ 0, shorter.present }, "userdata");
	rom_analyze_sample(body, &shorter, SAMPLE_USERDATA);
	p->stats = shorter.stats;
	p->has_stats = shorter.has_stats;
}

static void copy_stats(
	const struct rom_partition *p, struct rom_userdata_facts *f)
{
	f->stats = p->stats;
	f->has_stats = p->has_stats;
	if (f->has_stats && !f->stats.whole)
		f->stats.structured += f->group_structured;
}

void rom_analyze_stats(struct rom_image *part, struct rom_partition *p,
	struct rom_userdata_facts *f)
{
	if (rom_has_filesystem(f))
		return;
	read_ends(part, f);
	if (!p->has_stats ||
		(!p->stats.whole && p->stats.blocks < ROM_STATS_WANT / 2))
		sample_body(part, p);
	if (p->has_stats && !p->stats.whole)
		f->group_structured = structured_in_groups(part, p->present);
	copy_stats(p, f);
}

void rom_analyze_take_stats(
	const struct rom_partition *p, struct rom_userdata_facts *f)
{
	if (f->has_stats && p->has_stats)
		copy_stats(p, f);
}
