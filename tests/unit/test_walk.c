/* SPDX-License-Identifier: MIT */
/* test_walk.c - the one walk over directories: on trees in memory, sound and
 * hostile; and that listings go on where they were stopped, on every reader */
#include "fixtures.h"

#include "../../src/fs/fs_priv.h"

/* ---- a filesystem in memory ---------------------------------------------- */

enum { MAX_NODES = 3000, ROOT = 1 };

struct child {
	char name[16];
	uint64_t ino;
};

struct node {
	enum rom_file_type type;
	ROM_VEC(struct child) children;
	bool unreadable;
	size_t fails_at; /* the listing ends with an error behind so many */
	bool stuck;	 /* all its cookies are 1 */
};

struct memory_fs {
	struct rom_fs fs;
	struct node node[MAX_NODES];
	uint64_t next;
};

static enum rom_status memory_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err)
{
	struct memory_fs *m = (struct memory_fs *)fs;

	if (ino >= MAX_NODES || m->node[ino].unreadable || !m->node[ino].type)
		return rom_fail(
			err, ROM_E_CORRUPT, ROM_NO_OFFSET, "unreadable");
	*ret = (struct rom_inode){ .ino = ino, .type = m->node[ino].type };
	return ROM_OK;
}

static enum rom_status memory_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct node *n = &((struct memory_fs *)fs)->node[ino];

	for (size_t i = n->stuck ? 0 : (size_t)cookie; i < n->children.n; i++) {
		const struct child *c = &n->children.v[i];
		struct rom_dirent e = { .name = c->name,
			.len = strlen(c->name),
			.ino = c->ino,
			.next = n->stuck ? 1 : i + 1 };

		if (n->fails_at && i == n->fails_at)
			return rom_fail(
				err, ROM_E_CORRUPT, ROM_NO_OFFSET, "half-way");
		if (!fn(ctx, &e))
			return ROM_OK;
	}
	return ROM_OK;
}

static void memory_close(struct rom_fs *fs)
{
	struct memory_fs *m = (struct memory_fs *)fs;

	for (size_t i = 0; i < MAX_NODES; i++)
		rom_vec_done(&m->node[i].children);
	free(m);
}

static const struct rom_fs_reader memory_reader = {
	.name = "memory",
	.inode = memory_inode,
	.list = memory_list,
	.close = memory_close,
};

static struct memory_fs *new_memory(void)
{
	struct memory_fs *m = rom_alloc(sizeof(*m));

	m->fs.reader = &memory_reader;
	m->fs.root = ROOT;
	m->node[ROOT].type = ROM_FILE_DIRECTORY;
	m->next = ROOT + 1;
	return m;
}

static void link_to(
	struct memory_fs *m, uint64_t dir, const char *name, uint64_t ino)
{
	struct child *c = rom_vec_add(&m->node[dir].children);

	snprintf(c->name, sizeof(c->name), "%s", name);
	c->ino = ino;
}

static uint64_t add(struct memory_fs *m, uint64_t dir, const char *name,
	enum rom_file_type type)
{
	m->node[m->next].type = type;
	link_to(m, dir, name, m->next);
	return m->next++;
}

static uint64_t add_dir(struct memory_fs *m, uint64_t dir, const char *name)
{
	return add(m, dir, name, ROM_FILE_DIRECTORY);
}

static uint64_t add_file(struct memory_fs *m, uint64_t dir, const char *name)
{
	return add(m, dir, name, ROM_FILE_REGULAR);
}

/* ---- what a walk tells --------------------------------------------------- */

struct told {
	char text[4000]; /* one word for each call */
	size_t len;
	size_t entries, limits, corrupt, open;
	unsigned deepest;
	const char *skip_at, *stop_at;
};

static void tell(struct told *t, const char *what, const char *path)
{
	if (t->len + strlen(path) + 8 < sizeof(t->text))
		t->len += (size_t)snprintf(t->text + t->len,
			sizeof(t->text) - t->len, "%s%s ", what, path);
}

static enum rom_walk on_entry(void *ctx, const struct rom_walk_entry *e)
{
	struct told *t = ctx;
	const char *slash = strrchr(e->path, '/');
	unsigned slashes = 0;

	assert_int_equal(strlen(e->path), e->path_len);
	assert_int_equal(strlen(slash ? slash + 1 : e->path), e->name_len);
	for (const char *p = e->path; *p; p++)
		slashes += *p == '/';
	assert_int_equal(slashes, e->depth);
	tell(t, e->status ? "!" : "", e->path);
	t->entries++;
	t->limits += e->status == ROM_E_LIMIT;
	t->corrupt += e->status == ROM_E_CORRUPT;
	t->deepest = e->depth > t->deepest ? e->depth : t->deepest;
	assert_true(!e->status || *e->err->text);
	if (t->stop_at && !strcmp(e->path, t->stop_at)) {
		/* what is stopped at is not entered */
		return ROM_WALK_STOP;
	}
	if (t->skip_at && !strcmp(e->path, t->skip_at))
		return ROM_WALK_SKIP;
	t->open += !e->status && e->inode.type == ROM_FILE_DIRECTORY;
	return ROM_WALK_CONTINUE;
}

static void on_leave(void *ctx, const struct rom_walk_entry *dir)
{
	struct told *t = ctx;

	tell(t, "-", dir->path);
	assert_int_equal(dir->inode.type, ROM_FILE_DIRECTORY);
	assert_true(t->open > 0);
	t->open--;
}

static void on_damaged(void *ctx, const struct rom_walk_entry *dir)
{
	struct told *t = ctx;

	assert_int_equal(dir->status, ROM_E_CORRUPT);
	tell(t, "?", *dir->path ? dir->path : "/");
}

static const struct rom_walk_ops ops = { on_entry, on_leave, on_damaged };

static void walk(struct memory_fs *m, struct told *t)
{
	struct rom_inode root;
	struct rom_err err = { 0 };

	assert_int_equal(rom_fs_inode(&m->fs, ROOT, &root, &err), ROM_OK);
	assert_int_equal(rom_fs_walk(&m->fs, &root, &ops, t, &err), ROM_OK);
	assert_int_equal(t->open, 0);
}

/* a/{b/{c, d}, e}, f/, g */
static struct memory_fs *small_tree(void)
{
	struct memory_fs *m = new_memory();
	uint64_t a = add_dir(m, ROOT, "a"), b = add_dir(m, a, "b");

	add_file(m, b, "c");
	add_file(m, b, "d");
	add_file(m, a, "e");
	add_dir(m, ROOT, "f");
	add_file(m, ROOT, "g");
	return m;
}

static void done(struct memory_fs *m)
{
	rom_fs_close(&m->fs);
}

static void order(void **state)
{
	struct memory_fs *m = small_tree();
	struct told t = { 0 };

	(void)state;
	walk(m, &t);
	assert_string_equal(t.text, "a a/b a/b/c a/b/d -a/b a/e -a f -f g ");
	done(m);
}

static void skip_and_stop(void **state)
{
	static const char *const cases[][3] = { { "a", NULL, "a f -f g " },
		{ "a/b", NULL, "a a/b a/e -a f -f g " },
		{ "a/e", NULL, "a a/b a/b/c a/b/d -a/b a/e -a f -f g " },
		{ NULL, "a", "a " }, { NULL, "a/b/c", "a a/b a/b/c -a/b -a " },
		{ NULL, "g", "a a/b a/b/c a/b/d -a/b a/e -a f -f g " },
		{ NULL, "f", "a a/b a/b/c a/b/d -a/b a/e -a f " } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct memory_fs *m = small_tree();
		struct told t = { .skip_at = cases[i][0],
			.stop_at = cases[i][1] };

		walk(m, &t);
		assert_string_equal(t.text, cases[i][2]);
		done(m);
	}
}

static void without_callbacks(void **state)
{
	static const struct rom_walk_ops only_entry = { .entry = on_entry };
	struct memory_fs *m = small_tree();
	struct told t = { 0 };
	struct rom_inode root, file;
	struct rom_err err = { 0 };

	(void)state;
	m->node[ROOT].fails_at = 2;
	assert_int_equal(rom_fs_inode(&m->fs, ROOT, &root, &err), ROM_OK);
	assert_int_equal(
		rom_fs_walk(&m->fs, &root, &only_entry, &t, &err), ROM_OK);
	assert_int_equal(t.entries, 6);
	assert_int_equal(rom_fs_inode(&m->fs, 4, &file, &err), ROM_OK);
	assert_int_equal(
		rom_fs_walk(&m->fs, &file, &ops, &t, &err), ROM_E_USAGE);
	done(m);
}

/* 1100 directories in each other, and a file behind each: what lies too deep is
 * reported, all else is visited. */
static void too_deep(void **state)
{
	enum { LEVELS = 1100 };
	struct memory_fs *m = new_memory();
	static struct told t;
	uint64_t dir = ROOT;

	(void)state;
	for (unsigned i = 0; i < LEVELS; i++) {
		uint64_t below = add_dir(m, dir, "d");

		add_file(m, dir, "f");
		dir = below;
	}
	t = (struct told){ 0 };
	walk(m, &t);
	assert_int_equal(t.limits, 1);
	assert_int_equal(t.deepest, ROM_MAX_DEPTH);
	assert_int_equal(t.entries, 2 * (ROM_MAX_DEPTH + 1));
	done(m);
}

/* A directory below itself, the root below it, one with two names. */
static void twice(void **state)
{
	struct memory_fs *m = small_tree();
	struct told t = { 0 };

	(void)state;
	link_to(m, 3, "up", 2);	    /* a/b/up is a */
	link_to(m, 2, "top", ROOT); /* a/top is the root */
	link_to(m, ROOT, "z", 3);   /* z is a/b */
	walk(m, &t);
	assert_string_equal(t.text,
		"a a/b a/b/c a/b/d !a/b/up -a/b a/e !a/top -a f -f g !z ");
	assert_int_equal(t.corrupt, 3);
	done(m);
}

static void damage(void **state)
{
	struct memory_fs *m = small_tree();
	struct told t = { 0 };

	(void)state;
	m->node[4].unreadable = true; /* a/b/c */
	m->node[2].fails_at = 1;      /* a, behind b */
	walk(m, &t);
	assert_string_equal(t.text, "a a/b !a/b/c a/b/d -a/b ?a -a f -f g ");
	t = (struct told){ 0 };
	m->node[ROOT].fails_at = 1;
	walk(m, &t);
	assert_string_equal(t.text, "a a/b !a/b/c a/b/d -a/b ?a -a ?/ ");
	done(m);
}

/* Listings whose cookies do not advance: each directory is entered once all the
 * same, so it ends. */
static void stuck_cookies(void **state)
{
	struct memory_fs *m = small_tree();
	static struct told t;

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		add_dir(m, 2, "x");
	for (uint64_t i = 0; i < MAX_NODES; i++)
		m->node[i].stuck = true;
	t = (struct told){ 0 };
	walk(m, &t);
	assert_true(t.entries < 5000);
	done(m);
}

/* ---- listings that go on, on every reader -------------------------------- */

struct names {
	ROM_VEC(char *) name;
	ROM_VEC(uint64_t) ino;
	uint64_t next;
	bool one; /* stops behind each */
};

static bool take_name(void *ctx, const struct rom_dirent *e)
{
	struct names *n = ctx;

	*rom_vec_add(&n->name) = rom_format("%.*s", (int)e->len, e->name);
	*rom_vec_add(&n->ino) = e->ino;
	assert_true(e->next > n->next);
	n->next = e->next;
	return !n->one;
}

static void names_done(struct names *n)
{
	char **name;

	rom_each (name, &n->name)
		free(*name);
	rom_vec_done(&n->name);
	rom_vec_done(&n->ino);
}

/* Damage as text, with the numbers of entries left out on their own: a listing
 * in parts counts them in parts. */
struct damages {
	ROM_VEC(char *) line;
	uint64_t left_out;
};

static void take_damage(
	void *ctx, uint64_t ino, uint64_t offset, const char *text)
{
	struct damages *d = ctx;
	unsigned long long n;

	if (sscanf(text, "directory: %llu entries", &n) == 1 &&
		strstr(text, "entries cannot be names"))
		d->left_out += n;
	else
		*rom_vec_add(&d->line) =
			rom_format("%llu %llx %s", (unsigned long long)ino,
				(unsigned long long)offset, text);
}

static void damages_done(struct damages *d)
{
	char **line;

	rom_each (line, &d->line)
		free(*line);
	rom_vec_done(&d->line);
	*d = (struct damages){ 0 };
}

static void compare_listing(struct rom_fs *whole, struct rom_fs *parts,
	uint64_t dir, const char *image)
{
	struct names all = { 0 }, single = { .one = true };
	struct rom_err err = { 0 };
	enum rom_status a = rom_fs_list(whole, dir, 0, take_name, &all, &err),
			b = ROM_OK;
	size_t before;

	do {
		before = single.name.n;
		b = rom_fs_list(
			parts, dir, single.next, take_name, &single, &err);
	} while (!b && single.name.n > before);
	assert_int_equal(a, b);
	if (all.name.n != single.name.n)
		fail_msg(
			"%s: directory %llu: %zu names at once, %zu one by one",
			image, (unsigned long long)dir, all.name.n,
			single.name.n);
	for (size_t i = 0; i < all.name.n; i++) {
		if (strcmp(all.name.v[i], single.name.v[i]) ||
			all.ino.v[i] != single.ino.v[i])
			fail_msg("%s: directory %llu: %s (%llu), but one by "
				 "one: %s (%llu)",
				image, (unsigned long long)dir, all.name.v[i],
				(unsigned long long)all.ino.v[i],
				single.name.v[i],
				(unsigned long long)single.ino.v[i]);
	}
	names_done(&all);
	names_done(&single);
}

static void compare_damage(
	const struct damages *a, const struct damages *b, const char *image)
{
	for (size_t i = 0; i < a->line.n && i < b->line.n; i++) {
		if (strcmp(a->line.v[i], b->line.v[i]))
			fail_msg("%s: %s, but one by one: %s", image,
				a->line.v[i], b->line.v[i]);
	}
	if (a->line.n != b->line.n)
		fail_msg("%s: damage %zu times at once, %zu one by one: %s",
			image, a->line.n, b->line.n,
			a->line.n > b->line.n ? a->line.v[b->line.n]
					      : b->line.v[a->line.n]);
	if (a->left_out != b->left_out)
		fail_msg("%s: %llu entries left out, %llu one by one", image,
			(unsigned long long)a->left_out,
			(unsigned long long)b->left_out);
}

static enum rom_walk take_dir(void *ctx, const struct rom_walk_entry *e)
{
	ROM_VEC(uint64_t) *dirs = ctx;

	if (!e->status && e->inode.type == ROM_FILE_DIRECTORY)
		*rom_vec_add(dirs) = e->inode.ino;
	return ROM_WALK_CONTINUE;
}

/* How many directories of an image were compared; each handle has damage of its
 * own, for some is reported once only. */
static size_t compare_image(const char *path)
{
	static const struct rom_walk_ops collect = { .entry = take_dir };
	struct damages all = { 0 }, single = { 0 };
	ROM_AUTO_IMAGE struct rom_image *img = open_image(path);
	ROM_AUTO_FS struct rom_fs *fs = NULL, *whole = NULL, *parts = NULL;
	ROM_VEC(uint64_t) dirs = { 0 };
	struct rom_inode root;
	struct rom_err err = { 0 };
	uint64_t *dir;
	size_t n;

	if (rom_fs_open(img, img, NULL, &fs, &err) ||
		rom_fs_inode(fs, rom_fs_root(fs), &root, &err))
		return 0;
	*rom_vec_add(&dirs) = root.ino;
	rom_fs_walk(fs, &root, &collect, &dirs, &err);
	assert_int_equal(rom_fs_open(img, img, NULL, &whole, &err), ROM_OK);
	assert_int_equal(rom_fs_open(img, img, NULL, &parts, &err), ROM_OK);
	rom_fs_set_damage(whole, take_damage, &all);
	rom_fs_set_damage(parts, take_damage, &single);
	damages_done(&all);
	damages_done(&single);
	rom_each (dir, &dirs)
		compare_listing(whole, parts, *dir, path);
	compare_damage(&all, &single, path);
	if (!all.left_out)
		assert_int_equal(
			rom_fs_damage_count(whole), rom_fs_damage_count(parts));
	n = dirs.n;
	damages_done(&all);
	damages_done(&single);
	rom_vec_done(&dirs);
	return n;
}

static const char *const images[] = { "ext2-small", "ext3-small", "ext4-small",
	"ext4-crash", "f2fs-small", "f2fs-crash", "fat12-kernel",
	"fat16-kernel", "fat32-kernel", "exfat-kernel", "squashfs-small" };

static void resumed(void **state)
{
	size_t dirs = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++)
		dirs += compare_image(unpack(images[i], "u"));
	assert_true(dirs > 60);
}

/* A directory of many blocks with a hash tree, and inline ones; both with
 * subdirectories between files. */
static void resumed_large(void **state)
{
	static const char *const types[] = { "ext4 -b 1024",
		"ext4 -O inline_data -I 256", "ext2 -O ^filetype" };

	(void)state;
	assert_true(shell(
		"mkdir -p %s/many && cd %s/many && for i in $(seq 300); do "
		"mkdir \"a directory with a long name $i\" && "
		"echo >\"a file with a long name $i\" && mkdir -p s$i/t; done",
		work, work));
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		char image[100];

		snprintf(image, sizeof(image), "%s/u", work);
		assert_true(
			shell("rm -f %s; PATH=$PATH:/usr/sbin:/sbin; "
			      "mke2fs -q -F -t %s -d %s/many %s 16M "
			      ">/dev/null && e2fsck -fyD %s >/dev/null 2>&1;"
			      " test $? -le 1",
				image, types[i], work, image, image));
		assert_true(compare_image(image) > 900);
	}
}

typedef ROM_VEC(uint64_t) offsets;

enum { SECTOR = 512 };

/* Where sectors of a file are not zeros. */
static void find_stored(const char *path, offsets *ret)
{
	uint8_t now[SECTOR];
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	for (uint64_t at = 0; fread(now, 1, SECTOR, f) == SECTOR;
		at += SECTOR) {
		if (now[0] || memcmp(now, now + 1, SECTOR - 1))
			*rom_vec_add(ret) = at;
	}
	fclose(f);
}

/* A few bytes here and there, up to a whole sector. */
static void harm(const char *path, const offsets *stored, uint64_t seed)
{
	uint8_t junk[SECTOR], rnd[16];

	for (size_t k = 0; k < stored->n / 12; k++) {
		uint64_t at, off;
		size_t len = k % 4 ? 4 : k % 8 ? 100 : SECTOR;

		noise(rnd, sizeof(rnd), seed << 32 | k);
		memcpy(&at, rnd, 8);
		memcpy(&off, rnd + 8, 8);
		noise(junk, len, at);
		edit(path, stored->v[at % stored->n] + off % (SECTOR - len + 1),
			junk, len);
	}
}

/* Bytes of sectors in use changed: what is damaged is reported once, however
 * often a listing is resumed. */
static void resumed_damaged(void **state)
{
	enum { ROUNDS = 20 };
	size_t dirs = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		offsets stored = { 0 };
		char path[100];

		find_stored(unpack(images[i], "base"), &stored);
		snprintf(path, sizeof(path), "%s/u", work);
		for (uint64_t round = 0; round < ROUNDS; round++) {
			assert_true(shell(
				"cp --sparse=always %s/base %s/u", work, work));
			harm(path, &stored, round * 100 + i);
			dirs += compare_image(path);
		}
		rom_vec_done(&stored);
	}
	assert_true(dirs > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(skip_and_stop),
		cmocka_unit_test(without_callbacks),
		cmocka_unit_test(too_deep),
		cmocka_unit_test(twice),
		cmocka_unit_test(damage),
		cmocka_unit_test(stuck_cookies),
		cmocka_unit_test(resumed),
		cmocka_unit_test(resumed_large),
		cmocka_unit_test(resumed_damaged),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
