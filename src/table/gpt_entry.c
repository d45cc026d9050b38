/* SPDX-License-Identifier: MIT */
/* gpt_entry.c - one entry of a GPT: whether it is used and plausible, and its
 * name */
#include "gpt_priv.h"

enum { NAME_UNITS = 36, NAME_AT = 0x38 };

static bool is_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && !memcmp(p, p + 1, len - 1));
}

bool rom_gpt_entry_at(const struct gpt_copy *c, size_t i, struct gpt_entry *ret)
{
	size_t off = i * c->h.entry_size;
	struct rom_buffer v = {
		.p = c->bytes + off,
		.len = c->h.entry_size,
		.offset = c->entries_at + off,
	};

	*ret = (struct gpt_entry){
		.first = rom_le64(&v, 0x20), .last = rom_le64(&v, 0x28), .v = v
	};
	return !is_zero(v.p, 16);
}

bool rom_gpt_is_plausible(const struct gpt_copy *c, const struct gpt_entry *e)
{
	uint64_t end;

	return e->first <= e->last && e->last < UINT64_MAX &&
	       rom_mul(e->last + 1, c->h.sector, &end) &&
	       end < (uint64_t)1 << 60 && e->v.p[NAME_AT] != 0;
}

bool rom_gpt_is_plain_name(const struct rom_buffer *entry)
{
	struct rom_buffer v = rom_buffer_part(entry, NAME_AT, 2 * NAME_UNITS);
	size_t n = 0;

	while (n < NAME_UNITS && rom_le16(&v, 2 * n) > 0x20 &&
		rom_le16(&v, 2 * n) < 0x7f)
		n++;
	for (size_t i = n; i < NAME_UNITS; i++) {
		if (rom_le16(&v, 2 * i))
			return false;
	}
	return n > 0;
}

bool rom_gpt_is_sound(const struct gpt_copy *c, size_t i, struct gpt_entry *ret)
{
	return c->bytes && i < c->h.entries && rom_gpt_entry_at(c, i, ret) &&
	       rom_gpt_is_plausible(c, ret) && rom_gpt_is_plain_name(&ret->v);
}

void rom_table_guid(const struct rom_partition *p, char ret[33])
{
	/* the first three fields are little-endian numbers */
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11,
		12, 13, 14, 15 };
	uint8_t guid[16];

	for (size_t i = 0; i < sizeof(order); i++)
		guid[i] = p->gpt.unique[order[i]];
	if (is_zero(guid, sizeof(guid)))
		ret[0] = '\0';
	else
		rom_hex(guid, sizeof(guid), ret);
}

/* MediaTek's lk reads a name whose high bytes are not zero as 8-bit text. So do
 * we, when every byte of it is printable ASCII: then the result is its length,
 * else 0. */
static size_t ascii_len(const struct rom_buffer *name)
{
	size_t len = strnlen((const char *)name->p, name->len), graph = 0;

	while (graph < len && name->p[graph] > 0x20 && name->p[graph] < 0x7f)
		graph++;
	return len > 2 && graph == len ? len : 0;
}

static bool is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c < 0xe000;
}

char *rom_gpt_entry_name(const struct rom_buffer *entry)
{
	struct rom_buffer v = rom_buffer_part(entry, NAME_AT, 2 * NAME_UNITS);
	char *out = rom_alloc(NAME_UNITS * 3 + 1), *o = out;
	size_t ascii = ascii_len(&v), n = 0;
	uint16_t units[NAME_UNITS];

	if (ascii) {
		memcpy(out, v.p, ascii);
		return out;
	}
	while (n < NAME_UNITS && (units[n] = rom_le16(&v, 2 * n)))
		n++;
	for (size_t i = 0; i < n;) {
		uint32_t c = rom_utf16_next(units, n, &i);

		o += rom_utf8_put(is_surrogate(c) ? '?' : c, o);
	}
	return out;
}
