/* SPDX-License-Identifier: MIT */
/* container.c - names files that are no raw dump; the formats are the rows of
 * containers.def */
#include <stdlib.h>

#include "image_priv.h"

enum {
	MAGIC_MAX = 24,
	TAR_BLOCK = 512,
	TAR_CHECKSUM_AT = 148,
	NOR_HEAD = 128 << 10,
};

static bool read_at(
	struct rom_image *img, uint64_t offset, void *buf, size_t len)
{
	struct rom_err err;

	return !rom_read(img, buf, len, offset, &err);
}

/* ---- further fields ------------------------------------------------------ */

/* The sum of the header, in which the field of the sum counts as blanks. */
static unsigned tar_sum(const uint8_t *header)
{
	unsigned sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= TAR_CHECKSUM_AT && i < TAR_CHECKSUM_AT + 8
			       ? ' '
			       : header[i];
	return sum;
}

static bool is_tar(struct rom_image *img)
{
	uint8_t header[TAR_BLOCK];
	char field[9] = "";

	if (!read_at(img, 0, header, sizeof(header)))
		return false;
	memcpy(field, header + TAR_CHECKSUM_AT, 8);
	return strtoul(field, NULL, 8) == tar_sum(header);
}

static bool is_qcow2(struct rom_image *img)
{
	uint8_t buf[24];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };

	return read_at(img, 0, buf, sizeof(buf)) && rom_be32(&v, 4) >= 2 &&
	       rom_be32(&v, 4) <= 3 && rom_be32(&v, 20) >= 9 &&
	       rom_be32(&v, 20) <= 21; /* logarithm of the cluster size */
}

static bool is_power_of_two(uint32_t n, uint32_t least, uint32_t most)
{
	return n >= least && n <= most && (n & (n - 1)) == 0;
}

static bool is_qed(struct rom_image *img)
{
	uint8_t buf[8];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };

	return read_at(img, 0, buf, sizeof(buf)) &&
	       is_power_of_two(rom_le32(&v, 4), 1 << 12, 1 << 26);
}

static bool is_vmdk(struct rom_image *img)
{
	uint8_t buf[8];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };

	return read_at(img, 0, buf, sizeof(buf)) && rom_le32(&v, 4) >= 1 &&
	       rom_le32(&v, 4) <= 3;
}

/* The type of the disk; a fixed one, 2, is raw, with the footer at its end. */
static bool is_vhd(struct rom_image *img)
{
	uint8_t buf[64];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };

	return read_at(img, 0, buf, sizeof(buf)) &&
	       (rom_be32(&v, 60) == 3 || rom_be32(&v, 60) == 4);
}

static bool is_mtk_nand(struct rom_image *img)
{
	uint8_t buf[24];

	return read_at(img, 0, buf, sizeof(buf)) &&
	       !memcmp(buf + 16, "NFIINFO", 8);
}

/* The type of the first node: 6 is the superblock. */
static bool is_ubifs(struct rom_image *img)
{
	uint8_t type;

	return read_at(img, 20, &type, 1) && type == 6;
}

/* A loader for NOR flash, 1, or serial NOR flash, 7. That of an Android phone
 * is for eMMC or UFS. */
static bool is_mtk_nor(struct rom_image *img)
{
	uint8_t buf[27];

	return read_at(img, 0, buf, sizeof(buf)) &&
	       !memcmp(buf + 8, "FILE_INFO\0", 10) &&
	       (buf[26] == 1 || buf[26] == 7);
}

/* Feature phones before that: ARM vectors, and the marks of MediaTek's loader
 * or firmware. */
static bool is_old_nor(struct rom_image *img)
{
	static const char *const marks[] = { "MTK_BLOADER_INFO_v",
		"MTK_ROMINFO_v" };
	ROM_AUTO uint8_t *buf = rom_alloc(NOR_HEAD);
	struct rom_err err;
	size_t len = 0;

	if (rom_read_some(img, buf, NOR_HEAD, 0, &len, &err))
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (memmem(buf, len, marks[i], strlen(marks[i])))
			return true;
	}
	return false;
}

/* The length of the header, or of the package, follows the magic. */
static bool is_rockchip(struct rom_image *img)
{
	uint8_t buf[8];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };

	return read_at(img, 0, buf, sizeof(buf)) &&
	       (rom_le16(&v, 4) == 0x66 ||
		       (rom_le32(&v, 4) && rom_le32(&v, 4) <= img->size));
}

static bool is_huawei(struct rom_image *img)
{
	static const uint8_t zeros[92];
	uint8_t buf[92];

	return read_at(img, 0, buf, sizeof(buf)) &&
	       !memcmp(buf, zeros, sizeof(buf));
}

/* ---- the rows ------------------------------------------------------------ */

static const struct row {
	struct rom_container c;
	int64_t offset;
	const char *magic;
	size_t len;
	bool (*is)(struct rom_image *img);
} rows[] = {
#define ROM_CONTAINER(format, offset, magic, is, what, convert)                \
	{ { format, what, convert }, offset, magic, sizeof(magic) - 1, is },
#include "containers.def"
#undef ROM_CONTAINER
};

enum { N_ROWS = sizeof(rows) / sizeof(*rows) };

static bool has_magic(struct rom_image *img, const struct row *r)
{
	uint8_t buf[MAGIC_MAX];
	uint64_t back = r->offset < 0 ? (uint64_t)-r->offset : 0;

	if (img->size < back || r->len > sizeof(buf))
		return false;
	return read_at(img, back ? img->size - back : (uint64_t)r->offset, buf,
		       r->len) &&
	       !memcmp(buf, r->magic, r->len);
}

const struct rom_container *rom_image_container(struct rom_image *img)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (has_magic(img, &rows[i]) &&
			(!rows[i].is || rows[i].is(img)))
			return &rows[i].c;
	}
	return NULL;
}

char *rom_container_text(const struct rom_container *c, const char *name)
{
	const char *file = strstr(c->convert, "FILE");
	size_t before = file ? (size_t)(file - c->convert) : 0;

	if (!file)
		return rom_format("is %s; %s", c->what, c->convert);
	return rom_format("is %s; %.*s%s%s", c->what, (int)before, c->convert,
		name, file + 4);
}
