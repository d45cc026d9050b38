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

static const struct rom_method plain64[] = { { ROM_CIPHER_PLAIN64, 512, false },
	{ ROM_CIPHER_PLAIN64, 4096, false },
	{ ROM_CIPHER_PLAIN64, 2048, false },
	{ ROM_CIPHER_PLAIN64, 1024, false } };
static const struct rom_method plain[] = { { ROM_CIPHER_PLAIN, 512, false },
	{ ROM_CIPHER_PLAIN, 4096, false }, { ROM_CIPHER_PLAIN, 2048, false },
	{ ROM_CIPHER_PLAIN, 1024, false } };

/* The names that a footer gives them: those of Linux's dm-crypt, for which a
 * bare "aes" is short for aes-cbc-plain. */
static const struct {
	const struct rom_method *m;
	size_t n;
	const char *names[3];
} families[] = {
	{ xts, sizeof(xts) / sizeof(*xts),
		{ "aes-xts", "aes-xts-plain", "aes-xts-plain64" } },
	{ adiantum, sizeof(adiantum) / sizeof(*adiantum),
		{ "xchacha12,aes-adiantum-plain64",
			"xchacha12,aes-adiantum-plain",
			"xchacha12,aes-adiantum" } },
	{ essiv, sizeof(essiv) / sizeof(*essiv), { "aes-cbc-essiv:sha256" } },
	{ plain64, sizeof(plain64) / sizeof(*plain64), { "aes-cbc-plain64" } },
	{ plain, sizeof(plain) / sizeof(*plain),
		{ "aes-cbc-plain", "aes-plain", "aes" } },
};

enum { N_FAMILIES = sizeof(families) / sizeof(*families), N_NAMES = 3 };

size_t rom_method_of_footer(const char *cipher, const struct rom_method **ret)
{
	for (size_t i = 0; i < N_FAMILIES; i++) {
		for (size_t k = 0; k < N_NAMES && families[i].names[k]; k++) {
			if (strcmp(cipher, families[i].names[k]))
				continue;
			*ret = families[i].m;
			return families[i].n;
		}
	}
	return 0;
}

/* Samsung's names for the engine between processor and memory: FMP, and the
 * disk cipher before it. */
static bool is_inline(const char *cipher)
{
	const char *last = strrchr(cipher, '-');

	return last && (!strcmp(last, "-fmp") || !strcmp(last, "-disk"));
}

enum rom_fde_cipher rom_fde_cipher(const struct rom_crypt_footer *f)
{
	const struct rom_method *m;

	if (rom_method_of_footer(f->cipher, &m))
		return ROM_FDE_CIPHER_KNOWN;
	return is_inline(f->cipher) ? ROM_FDE_CIPHER_INLINE
				    : ROM_FDE_CIPHER_UNKNOWN;
}

/*
 * How much a superblock proves. CBC with the wrong unit size still decrypts
 * most of it: only the 16 bytes where a unit begins are wrong, which hold its
 * counts or the first group descriptor. So these are checked too. With the IVs
 * of dm-crypt's "plain" even that is little: two numbers of units differ in one
 * byte. So the bytes behind the superblock, where units of 2048 bytes begin,
 * are expected to be zeros; a filesystem made on a used medium may lack them.
 */
enum proof { NO_SUPER, SUPER, SOUND_SUPER, CLEAN_SUPER };

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

/* The half block behind a superblock in blocks of 4 KiB or more. */
static bool is_tail_zero(
	struct rom_image *img, const struct rom_ext4_super *sb, uint64_t offset)
{
	static const uint8_t zeros[16];
	uint8_t buf[16];
	struct rom_err err;

	return sb->block_size < 4096 ||
	       (!rom_read(img, buf, sizeof(buf),
			offset - offset % sb->block_size + 2048, &err) &&
		       !memcmp(buf, zeros, sizeof(buf)));
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
	if (!good)
		return SUPER;
	return is_tail_zero(img, &sb, offset) ? CLEAN_SUPER : SOUND_SUPER;
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
		return CLEAN_SUPER;
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

struct rom_image *rom_method_open(
	const struct rom_key_try *t, const struct rom_method *m)
{
	const struct rom_units u = { .size = m->unit,
		.first = m->absolute ? t->offset / m->unit : 0,
		.mask = UINT64_MAX };
	struct rom_cipher *cipher = NULL;
	struct rom_image *img;
	struct rom_err err;

	if (rom_cipher_new(m->kind, t->key, t->len, &cipher, &err))
		return NULL;
	img = rom_image_open_cipher(t->part, cipher, &u);
	rom_cipher_free(cipher);
	return img;
}

/* The best match so far. */
struct match {
	const struct rom_method *m;
	enum proof proof;
	struct rom_image *img;
};

/* True when a clean superblock ends the search; it replaces an earlier, weaker
 * match: CBC with the wrong IV still decrypts most of a superblock. */
static bool find_best(const struct rom_key_try *t, const struct rom_method *m,
	size_t n, struct match *best)
{
	for (size_t i = 0; i < n && best->proof != CLEAN_SUPER; i++) {
		ROM_AUTO_IMAGE struct rom_image *img =
			rom_method_open(t, &m[i]);
		enum proof proof = img ? find_proof(img) : NO_SUPER;

		if (proof <= best->proof)
			continue;
		rom_image_close(best->img);
		*best = (struct match){ &m[i], proof, ROM_TAKE(img) };
	}
	return best->proof == CLEAN_SUPER;
}

const struct rom_method *rom_method_find(const struct rom_key_try *t,
	const struct rom_method *m, size_t n, struct rom_image **ret)
{
	struct match best = { 0 };

	find_best(t, m, n, &best);
	*ret = best.img;
	return best.m;
}

const struct rom_method *rom_method_find_any(
	const struct rom_key_try *t, struct rom_image **ret)
{
	struct match best = { 0 };

	for (size_t i = 0; i < N_FAMILIES; i++) {
		if (find_best(t, families[i].m, families[i].n, &best))
			break;
	}
	*ret = best.img;
	return best.m;
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
	const struct rom_key_try t = { part, offset, s->bytes, s->len };
	const struct rom_method *m = rom_method_find_any(&t, &ret->image);

	if (!m)
		return false;
	rom_method_text(m, s->len, ret->with, sizeof(ret->with));
	snprintf(ret->by, sizeof(ret->by), "%s",
		*s->name ? s->name : "the key given");
	ret->sound = true;
	return true;
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
