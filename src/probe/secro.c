/* SPDX-License-Identifier: MIT */
/* secro.c - recognise MediaTek's read-only security region: it begins with its
 * own name */
#include "probe_priv.h"

static enum rom_status probe_secro(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	(void)img;
	(void)err;
	ret->bits = 88; /* at least 11 characters of a name nobody else uses */
	return ROM_OK;
}

const struct rom_prober rom_prober_secro = {
	.name = "secro",
	.usage = ROM_USAGE_CONFIG,
	.min_size = 64,
	.magic = { { "AND_AC_REGION", 13, 0, false },
		{ "AND_SECRO_v", 11, 0, false } },
	.probe = probe_secro,
};
