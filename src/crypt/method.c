/* SPDX-License-Identifier: MIT */
/* method.c - the ways to encrypt a whole partition; the right one is recognized
 * by a superblock */
#include "crypt_priv.h"

/* Android 9 allowed units of up to 4096 bytes (ro.crypto.fde_sector_size) and
 * recorded the choice nowhere on the disk, so all are tried. */
static const struct rom_method essiv[] = { { ROM_CIPHER_ESSIV, 512, false },
	{ ROM_CIPHER_ESSIV, 4096, false }, { ROM_CIPHER_ESSIV, 2048, false },
	{ ROM_CIPHER_ESSIV, 1024, false } };
static const struct rom_method xts[] = { { ROM_CIPHER_XTS, 512, false },
	{ ROM_CIPHER_XTS, 512, true }, { ROM_CIPHER_XTS, 4096, false },
	{ ROM_CIPHER_XTS, 4096, true }, { ROM_CIPHER_XTS, 2048, false },
	{ ROM_CIPHER_XTS, 1024, false } };
static const struct rom_method adiantum[] = { { ROM_CIPHER_ADIANTUM, 4096,
						      false },
	{ ROM_CIPHER_ADIANTUM, 512, false },
	{ ROM_CIPHER_ADIANTUM, 4096, true },
	{ ROM_CIPHER_ADIANTUM, 2048, false },
	{ ROM_CIPHER_ADIANTUM, 1024, false } };

static const struct {
	const struct rom_method *m;
	size_t n;
} families[] = { { xts, sizeof(xts) / sizeof(*xts) },
	{ adiantum, sizeof(adiantum) / sizeof(*adiantum) },
	{ essiv, sizeof(essiv) / sizeof(*essiv) } };

size_t rom_method_of_footer(const char *cipher, const struct rom_method **ret)
{
	if (!strcmp(cipher, "aes-cbc-essiv:sha256")) {
		*ret = essiv;
		return sizeof(essiv) / sizeof(*essiv);
	}
	if (!strncmp(cipher, "xchacha12,aes-adiantum", 22)) {
		*ret = adiantum;
		return sizeof(adiantum) / sizeof(*adiantum);
	}
	if (!strcmp(cipher, "aes-xts") ||
		!strncmp(cipher, "aes-xts-plain", 13)) {
		*ret = xts;
		return sizeof(xts) / sizeof(*xts);
	}
	return 0;
}

/*
 * How much a superblock proves. CBC with the wrong unit size still decrypts
 * most of it: only the 16 bytes where a unit begins are wrong, which hold its
 * counts or the first group descriptor. So these are checked too.
 */
enum proof { NO_SUPER, SUPER, SOUND_SUPER };

static bool are_counts_consistent(const struct rom_ext4_super *sb)
{
	uint64_t groups =
		(sb->blocks - sb->first_block + sb->blocks_per_group - 1) /
		sb->blocks_per_group;

	return sb->blocks > sb->first_block &&
	       sb->inodes == groups * sb->inodes_per_group;
}

/* True when the bitmaps and the inode table of the first group lie within the
 * filesystem. */
static bool descriptor_fits(
	struct rom_image *img, const struct rom_ext4_super *sb, uint64_t offset)
{
	uint8_t buf[12];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), offset, &err))
		return false;
	for (size_t i = 0; i < sizeof(buf); i += 4) {
		if (rom_le32(&v, i) == 0 || rom_le32(&v, i) >= sb->blocks)
			return false;
	}
	return true;
}

static enum proof check_ext4(struct rom_image *img, uint64_t offset)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_ext4_super sb;
	struct rom_err err;
	bool good;

	if (rom_read(img, buf, sizeof(buf), offset, &err) ||
		rom_ext4_super_decode(&v, &sb, &err))
		return NO_SUPER;
	good = are_counts_consistent(&sb) && (!sb.has_csum || sb.csum_good) &&
	       descriptor_fits(img, &sb,
		       offset - offset % sb.block_size + sb.block_size);
	return good ? SOUND_SUPER : SUPER;
}

/* f2fs stores its superblock twice; both copies must be equal. */
static enum proof check_f2fs(struct rom_image *img)
{
	uint8_t buf[2][ROM_F2FS_SUPER_LEN];
	struct rom_buffer v[2] = { { .p = buf[0], .len = sizeof(buf[0]) },
		{ .p = buf[1], .len = sizeof(buf[1]) } };
	struct rom_f2fs_super sb;
	struct rom_err err;
	bool good[2];

	for (size_t i = 0; i < 2; i++)
		good[i] = !rom_read(img, buf[i], sizeof(buf[i]),
				  i ? ROM_F2FS_SUPER2_AT : ROM_F2FS_SUPER_AT,
				  &err) &&
			  !rom_f2fs_super_decode(&v[i], &sb, &err);
	if (good[0] && good[1] && !memcmp(buf[0], buf[1], sizeof(buf[0])))
		return SOUND_SUPER;
	return good[0] || good[1] ? SUPER : NO_SUPER;
}

static enum proof find_proof(struct rom_image *img)
{
	/* the first backup of ext4 with blocks of 4 KiB is in group 1; it
	 * remains when the first superblock is wiped */
	const enum proof all[] = { check_ext4(img, ROM_EXT4_SUPER_AT),
		check_f2fs(img), check_ext4(img, (uint64_t)32768 * 4096) };
	enum proof best = NO_SUPER;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		best = all[i] > best ? all[i] : best;
	return best;
}

struct rom_image *rom_method_open(struct rom_image *part, uint64_t offset,
	const struct rom_method *m, const uint8_t *key, size_t len)
{
	const struct rom_units u = { .size = m->unit,
		.first = m->absolute ? offset / m->unit : 0,
		.mask = UINT64_MAX };
	struct rom_cipher *cipher = NULL;
	struct rom_image *img;
	struct rom_err err;

	if (rom_cipher_new(m->kind, key, len, &cipher, &err))
		return NULL;
	img = rom_image_open_cipher(part, cipher, &u);
	rom_cipher_free(cipher);
	return img;
}

const struct rom_method *rom_method_find(struct rom_image *part,
	uint64_t offset, const struct rom_method *m, size_t n,
	const uint8_t *key, size_t len, struct rom_image **ret)
{
	const struct rom_method *found = NULL;

	for (size_t i = 0; i < n; i++) {
		ROM_AUTO_IMAGE struct rom_image *img =
			rom_method_open(part, offset, &m[i], key, len);
		enum proof proof = img ? find_proof(img) : NO_SUPER;

		if (proof == NO_SUPER || (found && proof != SOUND_SUPER))
			continue;
		rom_image_close(*ret);
		*ret = ROM_TAKE(img);
		found = &m[i];
		if (proof == SOUND_SUPER)
			break;
	}
	return found;
}

void rom_method_text(
	const struct rom_method *m, size_t key_len, char *out, size_t len)
{
	snprintf(out, len,
		"%s in units of %u bytes, counted from the start of the %s",
		rom_cipher_name(m->kind, key_len), m->unit,
		m->absolute ? "medium" : "partition");
}

/* ---- raw keys ------------------------------------------------------------ */

void rom_decrypted_done(struct rom_decrypted *o)
{
	rom_image_close(o->image);
	*o = (struct rom_decrypted){ 0 };
}

static bool try_key(struct rom_image *part, uint64_t offset,
	const struct rom_secret *s, struct rom_decrypted *ret)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		const struct rom_method *m =
			rom_method_find(part, offset, families[i].m,
				families[i].n, s->bytes, s->len, &ret->image);

		if (!m)
			continue;
		rom_method_text(m, s->len, ret->with, sizeof(ret->with));
		snprintf(ret->by, sizeof(ret->by), "the key given");
		ret->sound = true;
		return true;
	}
	return false;
}

enum rom_status rom_key_open(struct rom_image *part, uint64_t offset,
	const struct rom_secrets *secrets, struct rom_decrypted *ret,
	struct rom_err *err)
{
	for (size_t i = 0; secrets && i < secrets->n; i++) {
		if (secrets->v[i].kind != ROM_SECRET_KEY)
			continue;
		ret->tried++;
		if (try_key(part, offset, &secrets->v[i], ret))
			return ROM_OK;
	}
	return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
		ret->tried ? "userdata: none of the given keys opens it"
			   : "userdata: a key is needed");
}
