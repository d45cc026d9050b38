/* SPDX-License-Identifier: MIT */
/* mtk_image.c - recognise MediaTek images and the logo; all sub-images are
 * listed; layout in disk/mtk_header.c */
#include <strings.h>

#include "probe_priv.h"

enum { MAX_SUB = 64, LOGO_MAX = 512 };

/* A logo is a list of pictures: their number, their total size, and ascending
 * offsets. */
static bool is_logo(struct rom_image *img, const struct rom_mtk_header *h,
	uint32_t *ret_count)
{
	uint8_t buf[8 + 4 * 2];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_err err;
	uint32_t count, total;

	if (strcasecmp(h->name, "logo") ||
		rom_read(img, buf, sizeof(buf), h->header, &err))
		return false;
	count = rom_le32(&v, 0);
	total = rom_le32(&v, 4);
	*ret_count = count;
	return count > 0 && count <= LOGO_MAX && total <= h->size &&
	       rom_le32(&v, 8) == 8 + 4 * count;
}

static void add_sub(
	struct rom_claim *ret, const struct rom_mtk_header *h, uint64_t offset)
{
	struct rom_facts *item = rom_facts_item(&ret->detail, "images");

	rom_facts_text(item, "name", h->name);
	rom_facts_number(item, "at", offset);
	rom_facts_number(item, "size", h->size);
}

static void claim_logo(struct rom_claim *ret)
{
	ret->format = "mtk-logo";
	ret->usage = ROM_USAGE_IMAGE;
}

static enum rom_status probe_mtk_image(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[ROM_MTK_HEADER_LEN];
	uint64_t offset = 0;
	uint32_t count;

	for (size_t i = 0; i < MAX_SUB; i++) {
		struct rom_buffer v = {
			.p = buf, .len = sizeof(buf), .offset = offset
		};
		struct rom_mtk_header h;

		if (rom_read(img, buf, sizeof(buf), offset, err) ||
			rom_mtk_header_decode(&v, &h))
			break;
		if (i == 0) {
			ret->bits = 32 + (h.extended ? 32u : 0) +
				    (h.size <= img->size ? 8u : 0);
			if (is_logo(img, &h, &count)) {
				claim_logo(ret);
				rom_facts_number(
					&ret->detail, "pictures", count);
			} else if (!strcasecmp(h.name, "logo")) {
				claim_logo(ret);
			}
		}
		add_sub(ret, &h, offset);
		/* cannot wrap: size is below 2^40, and there are at most
		 * MAX_SUB */
		offset += h.header + (h.size + h.align - 1) / h.align * h.align;
		ret->used = offset;
	}
	return ret->bits ? ROM_OK : ROM_NO_MATCH;
}

const struct rom_prober rom_prober_mtk_image = {
	.name = "mtk-image",
	.usage = ROM_USAGE_FIRMWARE,
	.traits = ROM_TRAIT_FLASHED,
	.min_size = ROM_MTK_HEADER_LEN,
	.magic = { { "\x88\x16\x88\x58", 4, 0, false } },
	.probe = probe_mtk_image,
};
