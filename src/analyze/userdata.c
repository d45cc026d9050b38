/* SPDX-License-Identifier: MIT */
/* userdata.c - what is read of userdata and around it before a verdict is
 * given */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/crypt.h"

enum {
	SAMPLE_USERDATA = 4 << 20,
	HEAD_LEN = 64 << 10,
	GROUP_LEN = 128 << 20,
	GROUP_LOOK = 4 * ROM_STATS_BLOCK,
	MAX_GROUPS = 128, /* looked at */
};

/* False for a bare image of something that is never userdata: a boot image, a
 * preloader, a logo. */
static bool may_be_userdata(const struct rom_partition *p)
{
	return !rom_analyze_is_known(p) ||
	       rom_partition_lead(p)->traits & ROM_TRAIT_USERDATA;
}

struct rom_partition *rom_analyze_userdata(struct rom_report *report)
{
	static const char *const names[] = { "userdata", "USRDATA", "USERDATA",
		"UDA", "data" };
	struct rom_partition *p = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !p; i++)
		p = rom_report_find(report, names[i]);
	if (!p && report->table.kind == ROM_TABLE_NONE &&
		report->partitions.n == 1 &&
		may_be_userdata(&report->partitions.v[0]))
		p = &report->partitions.v[0];
	return p;
}

struct rom_partition *rom_analyze_storage(
	struct rom_report *report, const struct rom_partition *p)
{
	static const char *const names[] = { "fat", "intsd" };
	size_t i = p ? (size_t)(p - report->partitions.v) + 1 : 0;

	for (; i < report->partitions.n; i++) {
		struct rom_partition *row = &report->partitions.v[i];

		for (size_t k = 0; row->name && row->present && k < 2; k++) {
			if (!strcasecmp(row->name, names[k]))
				return row;
		}
	}
	return NULL;
}

const char *rom_analyze_media(struct rom_fs *fs)
{
	static const char *const paths[] = { "/media/0", "/media" };
	struct rom_inode inode;
	struct rom_err err;

	if (rom_fs_is_card(fs))
		return "/";
	for (size_t i = 0; i < 2; i++) {
		enum rom_status st = rom_fs_lookup(fs, paths[i], &inode, &err);

		/* behind an encrypted /media nobody can look: it is where the
		 * files are all the same */
		if (st == ROM_E_ENCRYPTED ||
			(!st && inode.type == ROM_FILE_DIRECTORY))
			return paths[i];
	}
	return NULL;
}

/* ---- file-based encryption: which directories are flagged ---------------- */

struct dir_search {
	struct rom_fs *fs;
	struct rom_userdata_facts *f;
	const char *parent;
	ROM_VEC(uint64_t) inodes;
	ROM_VEC(char *) paths;
};

static bool take_context(
	void *ctx, const char *name, const void *value, size_t len)
{
	struct rom_encrypted_dir *d = ctx;
	struct rom_buffer v = { .p = value, .len = len };

	if (strcmp(name, "c"))
		return true;
	d->has_context = !rom_fscrypt_decode(&v, &d->context);
	return false;
}

static void take_dir(struct rom_fs *fs, struct rom_userdata_facts *f,
	const char *path, uint64_t ino)
{
	struct rom_inode inode;
	struct rom_encrypted_dir *d;
	struct rom_err err;

	if (f->n_dirs == ROM_MAX_ENCRYPTED_DIRS ||
		rom_fs_inode(fs, ino, &inode, &err) ||
		inode.type != ROM_FILE_DIRECTORY || !inode.encrypted)
		return;
	d = &f->dirs[f->n_dirs++];
	*d = (struct rom_encrypted_dir){ 0 };
	snprintf(d->path, sizeof(d->path), "%s", path);
	rom_fs_xattrs(fs, ino, take_context, d, &err);
}

static bool on_entry(void *ctx, const struct rom_dirent *e)
{
	struct dir_search *s = ctx;
	ROM_AUTO char *name = rom_printable(e->name, e->len);

	if (e->type != ROM_FILE_DIRECTORY && e->type != ROM_FILE_UNKNOWN)
		return true;
	*rom_vec_add(&s->inodes) = e->ino;
	*rom_vec_add(&s->paths) = rom_format("%s/%s", s->parent, name);
	return s->inodes.n < 256;
}

/* The directories directly below path: are they flagged? Names are only asked
 * where they can be read. */
static void take_children(
	struct rom_fs *fs, struct rom_userdata_facts *f, const char *path)
{
	struct dir_search s = {
		.fs = fs, .f = f, .parent = strcmp(path, "/") ? path : ""
	};
	struct rom_inode inode;
	struct rom_err err;

	if (!rom_fs_lookup(fs, path, &inode, &err) && !inode.encrypted &&
		inode.type == ROM_FILE_DIRECTORY)
		rom_fs_list(fs, inode.ino, 0, on_entry, &s, &err);
	for (size_t i = 0; i < s.inodes.n; i++) {
		take_dir(fs, f, s.paths.v[i], s.inodes.v[i]);
		free(s.paths.v[i]);
	}
	rom_vec_done(&s.inodes);
	rom_vec_done(&s.paths);
}

static bool media_is_encrypted(struct rom_fs *fs, const char *media)
{
	struct rom_inode inode;
	struct rom_err err;
	enum rom_status st = media ? rom_fs_lookup(fs, media, &inode, &err)
				   : ROM_E_NOT_FOUND;

	return st == ROM_E_ENCRYPTED || (!st && inode.encrypted);
}

void rom_analyze_ask_fs(struct rom_fs *fs, struct rom_userdata_facts *f)
{
	static const char *const parents[] = { "/", "/media", "/user",
		"/user_de", "/system_de", "/system_ce", "/misc_de", "/misc_ce",
		"/data" };

	f->media = rom_analyze_media(fs);
	f->media_encrypted = media_is_encrypted(fs, f->media);
	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++)
		take_children(fs, f, parents[i]);
}

static void ask_filesystem(struct rom_image *part, struct rom_userdata_facts *f)
{
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	ROM_AUTO char *mode = NULL;
	struct rom_inode root;
	struct rom_err err;
	enum rom_status st = rom_fs_open(part, part, NULL, &fs, &err);

	f->reader = st != ROM_NO_MATCH && st != ROM_E_INPUT;
	if (st || rom_fs_has_synthetic_root(fs) ||
		rom_fs_inode(fs, rom_fs_root(fs), &root, &err) ||
		root.type != ROM_FILE_DIRECTORY)
		return;
	f->root_readable = true;
	rom_analyze_ask_fs(fs, f);
	if (f->n_dirs)
		rom_analyze_file_stats(fs, f->media, &f->file_stats);
	if (f->n_dirs && !rom_fs_text(fs, "/unencrypted/mode",
				 sizeof(f->mode) - 1, &mode, &err))
		snprintf(f->mode, sizeof(f->mode), "%s", mode);
}

/* ---- superblocks --------------------------------------------------------- */

static uint64_t number_of(const struct rom_claim *c, const char *key)
{
	const struct rom_fact *fact = rom_facts_get(&c->detail, key);

	return fact ? fact->number : 0;
}

/* The first of the claims for a filesystem that may be userdata; a boot sector
 * counts only where nothing else does. */
static const struct rom_claim *find_super(const struct rom_partition *p)
{
	const struct rom_claim *c, *boot_sector = NULL;

	rom_each (c, &p->claims) {
		if (c->usage != ROM_USAGE_FILESYSTEM ||
			!(c->traits & ROM_TRAIT_USERDATA))
			continue;
		if (!(c->traits & ROM_TRAIT_BOOT_SECTOR))
			return c;
		boot_sector = boot_sector ? boot_sector : c;
	}
	return boot_sector;
}

static void ask_super(
	const struct rom_partition *p, struct rom_userdata_facts *f)
{
	const struct rom_claim *c = find_super(p);

	if (!c)
		return;
	f->filesystem = c->format;
	f->magic = c->magic;
	f->magic_offset = c->magic_offset;
	f->encrypt_feature = number_of(c, "encrypt_feature");
}

static bool has_magic(
	struct rom_image *part, uint64_t offset, const void *magic, size_t len)
{
	uint8_t buf[8];
	struct rom_err err;

	return !rom_read(part, buf, len, offset, &err) &&
	       !memcmp(buf, magic, len);
}

/* True when a valid superblock of that group lies at at. */
static bool is_backup(struct rom_image *part, uint64_t offset, uint32_t group)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_ext4_super sb;
	struct rom_err err;

	return !rom_read(part, buf, sizeof(buf), offset, &err) &&
	       !rom_ext4_super_decode(&v, &sb, &err) && sb.group == group;
}

static uint64_t find_backup(struct rom_image *part)
{
	static const uint32_t groups[] = { 1, 3, 5, 7, 9, 25, 27, 49 };

	for (uint64_t bs = 1024; bs <= 65536; bs *= 2) {
		for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
			/* a group has as many blocks as one block has bits;
			 * with 1 KiB blocks the first is left out */
			uint64_t offset =
				(groups[i] * 8 * bs + (bs == 1024)) * bs;

			if (is_backup(part, offset, groups[i]))
				return offset;
		}
	}
	return 0;
}

static bool on_any_entry(void *ctx, const struct rom_dirent *e)
{
	bool *named = ctx;

	*named = *named || e->len > 0;
	return !*named;
}

/* A backup may be left over from an older filesystem: only one that leads to a
 * root directory is believed. */
static void ask_by_backup(struct rom_image *part, struct rom_userdata_facts *f)
{
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	bool named = false;
	struct rom_err err;

	ask_filesystem(part, f);
	if (!f->root_readable || rom_fs_open(part, part, NULL, &fs, &err))
		return;
	rom_fs_list(fs, rom_fs_root(fs), 0, on_any_entry, &named, &err);
	/* ext4's has lost+found at least: it was a directory by chance */
	if (!named)
		return;
	f->filesystem = rom_fs_kind(fs);
	f->super_gone = true;
}

static void ask_damaged_super(
	struct rom_image *part, struct rom_userdata_facts *f)
{
	if (f->filesystem)
		return;
	f->magic_only =
		has_magic(part, ROM_EXT4_SUPER_AT + 0x38, "\x53\xef", 2) ||
		has_magic(part, ROM_F2FS_SUPER_AT, "\x10\x20\xf5\xf2", 4);
	f->super_offset = ROM_EXT4_SUPER_AT;
	f->backup_offset = find_backup(part);
	if (f->backup_offset)
		ask_by_backup(part, f);
}

/* ---- statistics ---------------------------------------------------------- */

static void ask_ends(struct rom_image *part, struct rom_userdata_facts *f)
{
	ROM_AUTO uint8_t *buf = rom_alloc(HEAD_LEN);
	struct rom_stats_sink s;
	struct rom_err err;

	rom_stats_sink_init(&s, (struct rom_range){ 0, HEAD_LEN }, 0);
	if (!rom_read(part, buf, HEAD_LEN, 0, &err)) {
		rom_stats_add(&s, buf, HEAD_LEN);
		f->head_random = s.stats.structured == 0 && s.stats.random > 0;
	}
	if (part->size > ROM_CRYPT_FOOTER_AREA &&
		!rom_read(part, buf, ROM_CRYPT_FOOTER_AREA,
			part->size - ROM_CRYPT_FOOTER_AREA, &err))
		f->tail_constant =
			!memcmp(buf, buf + 1, ROM_CRYPT_FOOTER_AREA - 1);
}

/* Where ext4's groups begin, of 128 MiB with blocks of 4 KiB, lie its bitmaps
 * and backups: the blocks that tell a filesystem full of films from ciphertext,
 * and that a spread sample may miss. */
static uint64_t structured_in_groups(struct rom_image *part, uint64_t len)
{
	uint64_t n = len / GROUP_LEN, step = rom_max(n / MAX_GROUPS, 1);
	uint8_t buf[GROUP_LOOK];
	struct rom_stats_sink s;
	struct rom_err err;

	rom_stats_sink_init(&s, (struct rom_range){ 0, GROUP_LOOK }, 0);
	for (uint64_t g = step; g < n; g += step) {
		if (!rom_read(part, buf, sizeof(buf), g * GROUP_LEN, &err))
			rom_stats_add(&s, buf, sizeof(buf));
	}
	return s.stats.structured;
}

static void ask_bytes(struct rom_image *part, struct rom_partition *p,
	struct rom_userdata_facts *f)
{
	ROM_AUTO_IMAGE struct rom_image *body = NULL;
	struct rom_partition shorter = *p;

	if (rom_has_filesystem(f))
		return;
	ask_ends(part, f);
	if (!p->has_stats ||
		(!p->stats.whole && p->stats.blocks < ROM_STATS_WANT / 2)) {
		/* a footer in the last 16 KiB is of low entropy: it stays
		 * out */
		shorter.present = p->present > ROM_CRYPT_FOOTER_AREA
					  ? p->present - ROM_CRYPT_FOOTER_AREA
					  : p->present;
		body = rom_image_open_slice(part,
			(struct rom_range){ 0, shorter.present }, "userdata");
		rom_analyze_sample(body, &shorter, SAMPLE_USERDATA);
		p->stats = shorter.stats;
		p->has_stats = shorter.has_stats;
	}
	f->stats = p->stats;
	f->has_stats = p->has_stats;
	if (f->has_stats && !f->stats.whole)
		f->stats.structured += structured_in_groups(part, p->present);
}

/* What can be found only by reading all of it: info does not, but it can say
 * so. */
static void ask_quick_scan(struct rom_image *part, struct rom_userdata_facts *f)
{
	struct rom_fs_scan_result seen;

	rom_fs_quick_scan(part, &seen);
	if (seen.kind && f->filesystem &&
		!rom_fs_same_family(seen.kind, f->filesystem))
		return; /* left by another that was here before */
	f->scan_result = seen.kind;
	f->scan_by_nodes = seen.by_nodes;
	f->scan_offset = seen.offset;
	f->scan_nodes = seen.nodes;
	f->scan_encrypted = seen.encrypted * 2 > seen.inodes;
}

/* A filesystem whose superblocks are gone is found by what it leads to. Where
 * nothing but noise is only a quick look is taken. */
static void ask_without_super(
	struct rom_image *part, struct rom_userdata_facts *f)
{
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	struct rom_err err;

	if (f->filesystem ? f->reader && !f->root_readable
			  : f->backup_offset > 0)
		ask_quick_scan(part, f);
	if (f->filesystem || f->backup_offset || !f->has_stats ||
		f->stats.constant == f->stats.blocks)
		return;
	if (!f->stats.structured || rom_fs_open(part, part, NULL, &fs, &err)) {
		ask_quick_scan(part, f);
		return;
	}
	f->filesystem = rom_fs_kind(fs);
	f->super_gone = true;
	ask_filesystem(part, f);
}

/* ---- the verdict --------------------------------------------------------- */

static void forget(struct rom_userdata *u)
{
	struct rom_evidence *e;

	rom_each (e, &u->evidence)
		free(e->text);
	rom_vec_done(&u->evidence);
	rom_facts_done(&u->detail);
	free(u->partition);
	free(u->summary);
	*u = (struct rom_userdata){ .access = ROM_ACCESS_NO };
}

static void ask_all(struct rom_image *img, struct rom_report *report,
	struct rom_partition *p, struct rom_userdata_facts *f)
{
	ROM_AUTO_IMAGE struct rom_image *part = rom_partition_open(img, p);

	f->present = true;
	f->range = p->range;
	f->cut_off = p->state != ROM_COMPLETE;
	ask_super(p, f);
	ask_damaged_super(part, f);
	if (f->filesystem && !f->super_gone)
		ask_filesystem(part, f);
	ask_bytes(part, p, f);
	ask_without_super(part, f);
	rom_analyze_ask_footers(img, report, p, f);
	rom_analyze_ask_surroundings(img, report, f);
}

static void decide(const struct rom_partition *p,
	const struct rom_userdata_facts *f, struct rom_userdata *ret)
{
	forget(ret);
	if (p)
		ret->partition = rom_strdup(p->name);
	rom_verdict_decide(f, ret);
}

void rom_analyze_verdict(struct rom_image *img, struct rom_report *report,
	struct rom_unlocked *unlocked)
{
	struct rom_userdata_facts *f = rom_alloc(sizeof(*f));
	struct rom_partition *p = rom_analyze_userdata(report);
	ROM_AUTO_IMAGE struct rom_image *part = NULL;

	if (p && p->present)
		ask_all(img, report, p, f);
	decide(p, f, &report->userdata);
	if (f->present && unlocked) {
		part = rom_partition_open(img, p);
		rom_analyze_open(img, part, report, f, unlocked);
		if (rom_analyze_footer_first(f, unlocked->footer_offset))
			decide(p, f, &report->userdata);
		rom_analyze_unlock(part, report, f, unlocked);
	}
	free(f);
}
