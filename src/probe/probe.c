/* SPDX-License-Identifier: MIT */
/* probe.c - asks every prober whose magic is present */
#include "probe_priv.h"

static const struct rom_prober *const probers[] = {
#define ROM_PROBER(name) &rom_prober_##name,
#include "probers.def"
#undef ROM_PROBER
};

enum { HEAD_LEN = 8192 };

struct head {
	uint8_t buf[HEAD_LEN];
	struct rom_buffer v;
};

static bool is_magic_present(struct rom_image *img, const struct head *head,
	const struct rom_magic *m)
{
	uint8_t buf[32];
	uint64_t offset = m->from_end ? img->size - m->offset : m->offset;
	struct rom_err err;

	if (m->from_end && m->offset > img->size)
		return false;
	if (offset + m->len <= head->v.len)
		return rom_buffer_has(
			&head->v, (size_t)offset, m->bytes, m->len);
	return !rom_read(img, buf, m->len, offset, &err) &&
	       !memcmp(buf, m->bytes, m->len);
}

static bool may_match(struct rom_image *img, const struct head *head,
	const struct rom_prober *p)
{
	if (img->size < p->min_size)
		return false;
	for (size_t i = 0; i < ROM_MAX_MAGICS && p->magic[i].bytes; i++) {
		if (is_magic_present(img, head, &p->magic[i]))
			return true;
	}
	return false;
}

static void run_prober(struct rom_image *img, const struct rom_prober *prober,
	struct rom_report *report, struct rom_partition *p)
{
	struct rom_claim claim = { .format = prober->name,
		.usage = prober->usage,
		.traits = prober->traits,
		.magic = prober->magic_text,
		.magic_offset = prober->magic[0].offset,
		.unpack = prober->unpack };
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = prober->probe(img, &claim, &err);

	if (!st) {
		*rom_vec_add(&p->claims) = claim;
		return;
	}
	rom_facts_done(&claim.detail);
	if (st == ROM_E_CORRUPT)
		rom_report_note(report, ROM_WARNING, p->name,
			err.offset == ROM_NO_OFFSET
				? p->range.offset
				: p->range.offset + err.offset,
			"looks like %s, but: %s", prober->name, err.text);
}

void rom_probe(struct rom_image *img, struct rom_report *report,
	struct rom_partition *p)
{
	struct head head = { .v = { .p = head.buf } };
	struct rom_err err;

	if (rom_read_some(
		    img, head.buf, sizeof(head.buf), 0, &head.v.len, &err))
		head.v.len = 0;
	for (size_t i = 0; i < sizeof(probers) / sizeof(*probers); i++) {
		/* the magic is compared first, so that most probers read
		 * nothing */
		if (may_match(img, &head, probers[i]))
			run_prober(img, probers[i], report, p);
	}
	rom_claims_sort(&p->claims);
}
