/* SPDX-License-Identifier: MIT */
/* fill.c - partitions without a format: all 00, all FF, noise; from byte
 * statistics (formats: crypt.h) */
#include "probe_priv.h"

enum {
	/* only one value: this outweighs any other claim */
	FILL_BITS = 1024,
	SAMPLED_BITS = 12,
	NOISE_BITS = 10,
	/* with fewer blocks a single compressed one would pass for noise */
	NOISE_BLOCKS = 8,
};

void rom_probe_drop_fill(struct rom_partition *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->claims.n; i++) {
		struct rom_claim *c = &p->claims.v[i];

		if (c->usage == ROM_USAGE_FILL || c->usage == ROM_USAGE_NOISE)
			rom_facts_done(&c->detail);
		else
			p->claims.v[kept++] = *c;
	}
	p->claims.n = kept;
}

static void add_claim(struct rom_partition *p, const char *format,
	enum rom_usage usage, unsigned bits)
{
	struct rom_claim *c = rom_vec_add(&p->claims);

	c->format = format;
	c->usage = usage;
	c->bits = bits;
	rom_facts_number(&c->detail, "bytes_looked_at", p->stats.bytes);
}

void rom_probe_stats(struct rom_partition *p)
{
	const struct rom_stats *s = &p->stats;
	uint64_t others = s->blocks - s->constant;
	unsigned bits = s->whole ? FILL_BITS : SAMPLED_BITS;

	/* older claims may rest on a sample, these on all bytes */
	rom_probe_drop_fill(p);
	if (s->blocks && s->zero == s->blocks)
		add_claim(p, "zero", ROM_USAGE_FILL, bits);
	else if (s->blocks && s->ff == s->blocks)
		add_claim(p, "ff", ROM_USAGE_FILL, bits);
	else if (others >= NOISE_BLOCKS && s->structured == 0 &&
		 s->random * 100 >= others * 98)
		add_claim(p, "noise", ROM_USAGE_NOISE, NOISE_BITS);
	rom_claims_sort(&p->claims);
}
