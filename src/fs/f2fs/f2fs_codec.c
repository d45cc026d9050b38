/* SPDX-License-Identifier: MIT */
/* f2fs_codec.c - decompression by liblz4, libzstd and lzo2, each of which is
 * optional */
#include <limits.h>

#ifdef ROM_HAVE_liblz4
#include <lz4.h>
#endif
#ifdef ROM_HAVE_lzo2
#include <lzo/lzo1x.h>
#endif
#ifdef ROM_HAVE_libzstd
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "f2fs_priv.h"

#ifdef ROM_HAVE_liblz4
static bool unpack_lz4(
	const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
	if (in_len > INT_MAX || out_len > INT_MAX)
		return false;
	return LZ4_decompress_safe((const char *)in, (char *)out, (int)in_len,
		       (int)out_len) == (int)out_len;
}
#endif

#ifdef ROM_HAVE_libzstd
static bool unpack_zstd(
	const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
	size_t n = ZSTD_decompress(out, out_len, in, in_len);

	/* else good data would count as damaged */
	if (ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation)
		rom_out_of_memory();
	return n == out_len;
}
#endif

#ifdef ROM_HAVE_lzo2
static bool unpack_lzo(
	const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
	lzo_uint n = out_len;

	return lzo1x_decompress_safe(in, in_len, out, &n, NULL) == LZO_E_OK &&
	       n == out_len;
}
#endif

struct codec {
	const char *missing;
	bool (*unpack)(
		const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len);
};

static const struct codec codecs[] = {
#ifdef ROM_HAVE_lzo2
	[F2FS_LZO] = { .unpack = unpack_lzo },
#else
	[F2FS_LZO] = { .missing = "LZO, which this build leaves out: build it "
				  "with lzo2" },
#endif
#ifdef ROM_HAVE_liblz4
	[F2FS_LZ4] = { .unpack = unpack_lz4 },
#else
	[F2FS_LZ4] = { .missing = "LZ4, which this build leaves out: build it "
				  "with liblz4" },
#endif
#ifdef ROM_HAVE_libzstd
	[F2FS_ZSTD] = { .unpack = unpack_zstd },
#else
	[F2FS_ZSTD] = { .missing = "Zstandard, which this build leaves out: "
				   "build it with libzstd" },
#endif
	[F2FS_LZO_RLE] = { .unpack = rom_lzo_rle_unpack },
};

enum { N_CODECS = sizeof(codecs) / sizeof(*codecs) };

const char *rom_f2fs_codec_missing(uint8_t algorithm)
{
	return algorithm < N_CODECS ? codecs[algorithm].missing
				    : "an unknown method";
}

bool rom_f2fs_unpack(uint8_t algorithm, const uint8_t *in, size_t in_len,
	uint8_t *out, size_t out_len)
{
	return algorithm < N_CODECS && codecs[algorithm].unpack &&
	       codecs[algorithm].unpack(in, in_len, out, out_len);
}
