/* SPDX-License-Identifier: MIT */
/*
 * isom.c - MP4, QuickTime, 3GP, M4A: told apart by the brands in ftyp (ISO/IEC
 * 14496-12, 4.3)
 */
#include "media_priv.h"

static bool is_m4a(struct rom_buffer *head)
{
	static const char *const brands[] = { "M4A ", "M4B ", "M4P ", NULL };

	return rom_box_has_brand(head, brands, true);
}

static bool is_gpp(struct rom_buffer *head)
{
	static const char *const brands[] = { "3gp", "3gr", "3gs", "3ge", "3gg",
		"3g2", NULL };

	return rom_box_has_brand(head, brands, true);
}

/* Old QuickTime has no ftyp, so the first box must match what follows it. */
static bool is_old_quicktime(struct rom_buffer *head)
{
	uint32_t len = rom_be32(head, 0);

	if (rom_buffer_has(head, 4, "moov", 4))
		return len > 16 && (rom_buffer_has(head, 12, "mvhd", 4) ||
					   rom_buffer_has(head, 12, "cmov", 4));
	if (rom_buffer_has(head, 4, "wide", 4))
		return len == 8 && rom_buffer_has(head, 12, "mdat", 4);
	if (rom_buffer_has(head, 4, "skip", 4) ||
		rom_buffer_has(head, 4, "free", 4) ||
		rom_buffer_has(head, 4, "pnot", 4))
		return len >= 8 && len < head->len &&
		       (rom_buffer_has(head, len + 4, "mdat", 4) ||
			       rom_buffer_has(head, len + 4, "moov", 4) ||
			       rom_buffer_has(head, len + 4, "PICT", 4) ||
			       rom_buffer_has(head, len + 4, "wide", 4));
	return false;
}

static bool is_mov(struct rom_buffer *head)
{
	static const char *const brands[] = { "qt  ", NULL };

	return rom_box_has_brand(head, brands, true) || is_old_quicktime(head);
}

static bool is_mp4(struct rom_buffer *head)
{
	static const char *const brands[] = { "isom", "iso2", "iso3", "iso4",
		"iso5", "iso6", "mp41", "mp42", "avc1", "M4V", "MSNV", "dash",
		"mmp4", "f4v ", "F4V ", "XAVC", NULL };

	/* Canon's raw pictures have another format, but also claim isom */
	return rom_box_has_brand(head, brands, false) &&
	       !rom_buffer_has(head, 8, "crx ", 4);
}

const struct rom_media_walker rom_media_m4a = {
	.format = { "m4a", ".m4a", "audio/mp4", ROM_MEDIA_AUDIO },
	.signature = { { "ftypM4", 6, 4 } },
	.is = is_m4a,
	.examine = rom_movie_walk,
};

const struct rom_media_walker rom_media_gpp = {
	.format = { "3gp", ".3gp", "video/3gpp", ROM_MEDIA_VIDEO },
	.signature = { { "ftyp3g", 6, 4 } },
	.is = is_gpp,
	.examine = rom_movie_walk,
};

const struct rom_media_walker rom_media_mov = {
	.format = { "mov", ".mov", "video/quicktime", ROM_MEDIA_VIDEO },
	.is = is_mov,
	.examine = rom_movie_walk,
};

const struct rom_media_walker rom_media_mp4 = {
	.format = { "mp4", ".mp4", "video/mp4", ROM_MEDIA_VIDEO },
	.signature = { { "ftyp", 4, 4 } },
	.is = is_mp4,
	.examine = rom_movie_walk,
};
