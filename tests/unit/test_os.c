/* SPDX-License-Identifier: MIT */
/* test_os.c - directories, files, dumps, signals: held against what the system
 * calls themselves see */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "romsplit/os.h"

/* ---- a folder for each test ---------------------------------------------- */

struct fixture {
	char *path;
	struct rom_dir *dir;
};

static int open_folder(void **state)
{
	struct fixture *f = rom_alloc(sizeof(*f));
	const char *base = getenv("TMPDIR");

	f->path =
		rom_format("%s/romsplit-XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(f->path))
		return -1;
	f->dir = rom_dir_open(f->path);
	*state = f;
	return f->dir ? 0 : -1;
}

static int remove_folder(void **state)
{
	struct fixture *f = *state;
	ROM_AUTO char *command = rom_format("rm -rf '%s'", f->path);
	int status = system(command);

	rom_dir_close(f->dir);
	free(f->path);
	free(f);
	return status;
}

static char *path_of(const struct fixture *f, const char *name)
{
	return rom_format("%s/%s", f->path, name);
}

/* Made without os. */
static void write_text(
	const struct fixture *f, const char *name, const char *text)
{
	ROM_AUTO char *path = path_of(f, name);
	FILE *out = fopen(path, "wx");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void check_text(
	const struct fixture *f, const char *name, const char *expected)
{
	ROM_AUTO char *path = path_of(f, name);
	char text[100] = "";
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	assert_string_equal(text, expected);
}

static void make_link(
	const struct fixture *f, const char *target, const char *name)
{
	ROM_AUTO char *path = path_of(f, name);

	assert_int_equal(symlink(target, path), 0);
}

/* The call fails, and for this reason. */
#define assert_refused(call, reason)                                           \
	do {                                                                   \
		errno = 0;                                                     \
		assert_false(call);                                            \
		assert_int_equal(errno, reason);                               \
	} while (0)

/* ---- directories --------------------------------------------------------- */

static void path_is_made(void **state)
{
	struct fixture *f = *state;
	ROM_AUTO char *deep = path_of(f, "a/b//c/");
	ROM_AUTO char *below_file = path_of(f, "file/x/y");

	assert_true(rom_dir_make_path(deep));
	assert_true(rom_dir_make_path(deep));
	assert_true(rom_path_is_directory(deep));
	write_text(f, "file", "");
	assert_refused(rom_dir_make_path(below_file), ENOTDIR);
	assert_refused(rom_dir_open(below_file), ENOTDIR);
	assert_refused(rom_dir_make_path(""), ENOENT);
}

static void directory_is_entered(void **state)
{
	struct fixture *f = *state;
	struct rom_dir *made = rom_dir_enter(f->dir, "sub"),
		       *again = rom_dir_enter(f->dir, "sub"), *held;
	struct rom_entry a, b, c;

	assert_non_null(made);
	assert_true(rom_dir_stat_self(made, &a));
	assert_true(rom_dir_stat_self(again, &b));
	assert_true(rom_dir_stat_self(f->dir, &c));
	assert_true(rom_entry_is_same(&a, &b));
	assert_false(rom_entry_is_same(&a, &c));
	held = rom_dir_ref(made);
	rom_dir_close(made);
	/* what is done in it stays in it */
	assert_true(rom_dir_rename(f->dir, "sub", f->dir, "moved"));
	assert_true(rom_dir_make(held, "x", 0700));
	assert_refused(rom_dir_make(held, "x", 0700), EEXIST);
	rom_dir_close(held);
	rom_dir_close(again);
	assert_true(rom_dir_stat(f->dir, "moved/x", &a));
	assert_int_equal(a.type, ROM_ENTRY_DIRECTORY);
	assert_refused(rom_dir_remove(f->dir, "moved"), ENOTEMPTY);
	assert_refused(rom_dir_stat(f->dir, "sub", &a), ENOENT);
}

/* Neither at the end of a name nor in the middle of it, to a directory or to a
 * file. */
static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	struct rom_dir *below;
	struct rom_entry entry;

	assert_true(rom_dir_make(f->dir, "real", 0755));
	assert_true(rom_dir_make(f->dir, "real/sub", 0755));
	write_text(f, "real/secret", "secret");
	make_link(f, "real", "link");
	make_link(f, "real/secret", "to_file");
	make_link(f, "nowhere", "dangling");
	below = rom_dir_open_below(f->dir, "real/sub");
	assert_non_null(below);
	rom_dir_close(below);
	assert_null(rom_dir_open_below(f->dir, "link"));
	assert_null(rom_dir_open_below(f->dir, "link/sub"));
	assert_null(rom_dir_enter(f->dir, "link"));
	assert_null(rom_dir_enter(f->dir, "dangling"));
	assert_refused(rom_out_file_open(f->dir, "to_file"), ELOOP);
	assert_refused(rom_out_file_create(f->dir, "to_file", 0600), EEXIST);
	assert_refused(rom_out_file_create(f->dir, "dangling", 0600), EEXIST);
	assert_refused(
		rom_out_file_create_over(f->dir, "to_file", 0600), ELOOP);
	assert_refused(
		rom_out_file_create_over(f->dir, "dangling", 0600), ELOOP);
	assert_true(rom_dir_stat(f->dir, "link", &entry));
	assert_int_equal(entry.type, ROM_ENTRY_LINK);
	check_text(f, "real/secret", "secret");
	assert_false(rom_path_exists("nowhere"));
}

struct names {
	struct fixture *f;
	unsigned seen, most;
	bool remove;
};

static bool see_name(void *ctx, const char *name)
{
	struct names *n = ctx;

	assert_string_not_equal(name, ".");
	assert_string_not_equal(name, "..");
	assert_true(name[0] >= 'a' && name[0] <= 'f' && !name[1]);
	if (n->remove)
		assert_true(rom_dir_unlink(n->f->dir, name) ||
			    rom_dir_remove(n->f->dir, name));
	n->seen |= 1u << (name[0] - 'a');
	return --n->most > 0;
}

static void names_are_listed(void **state)
{
	struct names all = { .f = *state, .most = 100 }, two = all, gone = all,
		     none = all;

	for (const char *name = "abcde"; *name; name++)
		write_text(*state, (char[]){ *name, '\0' }, "");
	assert_true(rom_dir_make(all.f->dir, "f", 0700));
	assert_true(rom_dir_list(all.f->dir, see_name, &all));
	assert_int_equal(all.seen, 0x3f);
	two.most = 2;
	assert_true(rom_dir_list(all.f->dir, see_name, &two));
	assert_int_equal(__builtin_popcount(two.seen), 2);
	/* once more from the beginning, and each is removed meanwhile */
	gone.remove = true;
	assert_true(rom_dir_list(all.f->dir, see_name, &gone));
	assert_int_equal(gone.seen, 0x3f);
	assert_true(rom_dir_list(all.f->dir, see_name, &none));
	assert_int_equal(none.seen, 0);
}

static void filesystem_is_asked(void **state)
{
	struct fixture *f = *state;
	ROM_AUTO char *odd = path_of(f, "a:b?c");
	ROM_AUTO char *latin = path_of(f, "latin \xe9");
	enum rom_name_rules rules;
	FILE *out;

	assert_in_range(rom_dir_free_bytes(f->dir), 1, UINT64_MAX - 1);
	rom_dir_spread(f->dir);
	assert_true(rom_dir_sync(f->dir));
	rules = rom_dir_name_rules(f->dir);
	assert_false(rom_path_exists(odd) || rom_path_exists(latin));
	out = fopen(odd, "w");
	assert_int_equal(rules == ROM_NAMES_STRICT, !out);
	if (out)
		fclose(out);
	out = fopen(latin, "w");
	assert_int_equal(rules >= ROM_NAMES_UTF8, !out);
	if (out)
		fclose(out);
}

/* ---- names --------------------------------------------------------------- */

static void rename_replaces_or_not(void **state)
{
	struct fixture *f = *state;
	struct rom_dir *sub = rom_dir_enter(f->dir, "sub");
	ROM_AUTO char *path = path_of(f, "moved");
	struct rom_entry entry;

	write_text(f, "new", "new");
	write_text(f, "sub/old", "old");
	make_link(f, "nowhere", "sub/link");
	assert_refused(rom_dir_rename_new(f->dir, "new", sub, "old"), EEXIST);
	assert_refused(rom_dir_rename_new(f->dir, "new", sub, "link"), EEXIST);
	assert_refused(
		rom_dir_rename_new(f->dir, "new", f->dir, "sub"), EEXIST);
	check_text(f, "new", "new");
	check_text(f, "sub/old", "old");
	assert_true(rom_dir_rename_new(f->dir, "new", sub, "free"));
	check_text(f, "sub/free", "new");
	assert_refused(rom_dir_stat(f->dir, "new", &entry), ENOENT);
	assert_true(rom_dir_rename(f->dir, "sub/free", sub, "old"));
	check_text(f, "sub/old", "new");
	/* to a path as the user gave it */
	assert_true(rom_dir_rename_new(sub, "old", NULL, path));
	check_text(f, "moved", "new");
	rom_dir_close(sub);
}

static void links_are_made(void **state)
{
	struct fixture *f = *state;
	ROM_AUTO char *target = NULL, *none = NULL;
	struct rom_entry a, b;

	write_text(f, "file", "text");
	assert_true(rom_dir_link(f->dir, "file", f->dir, "second"));
	assert_refused(rom_dir_link(f->dir, "file", f->dir, "second"), EEXIST);
	assert_true(rom_dir_stat(f->dir, "file", &a));
	assert_true(rom_dir_stat(f->dir, "second", &b));
	assert_true(rom_entry_is_same(&a, &b));
	assert_int_equal(a.type, ROM_ENTRY_FILE);
	assert_int_equal(a.size, 4);
	assert_true(rom_dir_symlink(f->dir, "link", "some/where else"));
	assert_refused(rom_dir_symlink(f->dir, "link", "x"), EEXIST);
	target = rom_dir_readlink(f->dir, "link");
	assert_string_equal(target, "some/where else");
	none = rom_dir_readlink(f->dir, "file");
	assert_null(none);
}

/* ---- files of the output ------------------------------------------------- */

static void file_is_exclusive(void **state)
{
	struct fixture *f = *state;
	struct rom_out_file *file = rom_out_file_create(f->dir, "a", 0600);
	char back[10];

	assert_non_null(file);
	assert_int_equal(rom_out_file_write(file, "text", 4, 3), 4);
	assert_int_equal(rom_out_file_read(file, back, 10, 0), 7);
	assert_memory_equal(back, "\0\0\0text", 7);
	assert_int_equal(rom_out_file_read(file, back, 10, 7), 0);
	assert_true(rom_out_file_sync(file));
	assert_true(rom_out_file_close(file));
	assert_refused(rom_out_file_create(f->dir, "a", 0600), EEXIST);
	file = rom_out_file_create_over(f->dir, "a", 0600);
	assert_int_equal(rom_out_file_write(file, "new", 3, 0), 3);
	assert_true(rom_out_file_close(file));
	check_text(f, "a", "new");
	file = rom_out_file_open(f->dir, "a");
	assert_int_equal(rom_out_file_write(file, "x", 1, 0), -1);
	assert_int_equal(rom_out_file_read(file, back, 10, 0), 3);
	assert_true(rom_out_file_close(file));
	assert_true(rom_out_file_close(NULL));
	assert_refused(rom_out_file_open(f->dir, "b"), ENOENT);
}

static void stream_is_of_the_file(void **state)
{
	struct fixture *f = *state;
	struct rom_out_file *file = rom_out_file_create(f->dir, "a", 0600);
	FILE *stream = rom_out_file_stream(file);
	char back[10];

	fputs("text", stream);
	fflush(stream);
	/* its name may go, the file stays until it is closed */
	assert_true(rom_dir_unlink(f->dir, "a"));
	assert_int_equal(rom_out_file_read(file, back, 10, 1), 3);
	assert_memory_equal(back, "ext", 3);
	assert_true(rom_out_file_close(file));
	/* a disk that is full */
	file = rom_out_file_create_over(NULL, "/dev/full", 0600);
	stream = rom_out_file_stream(file);
	fputs("text", stream);
	assert_false(rom_out_file_close(file));
}

static void a_pipe_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	ROM_AUTO char *path = path_of(f, "pipe");
	struct rom_out_file *file;
	struct rom_in_file *dump;
	struct rom_entry entry;

	assert_int_equal(mkfifo(path, 0600), 0);
	file = rom_out_file_open(f->dir, "pipe");
	assert_true(rom_out_file_stat(file, &entry));
	assert_int_equal(entry.type, ROM_ENTRY_OTHER);
	rom_out_file_close(file);
	dump = rom_in_file_open(path);
	assert_int_equal(rom_in_file_entry(dump)->type, ROM_ENTRY_OTHER);
	rom_in_file_close(dump);
	dump = rom_in_file_open(f->path);
	assert_int_equal(rom_in_file_entry(dump)->type, ROM_ENTRY_DIRECTORY);
	assert_int_equal(rom_in_file_entry(dump)->size, 0);
	rom_in_file_close(dump);
}

static void check_meta(
	const char *path, const struct rom_meta *meta, bool has_mode)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, meta->mtime.sec);
	assert_int_equal(st.st_atim.tv_sec, meta->atime.sec);
	/* a filesystem may keep coarser ones */
	assert_true(st.st_mtim.tv_nsec == meta->mtime.nsec ||
		    st.st_mtim.tv_nsec % 100 == 0);
	if (has_mode)
		assert_int_equal(st.st_mode & 07777, meta->mode);
}

static void times_and_modes_are_set(void **state)
{
	struct fixture *f = *state;
	struct rom_meta meta = { 0640, getuid(), getgid(), true,
		{ 1000000000, 1 }, { 1234567890, 123456789 } };
	ROM_AUTO char *dir = path_of(f, "dir"), *file = path_of(f, "file"),
		      *link = path_of(f, "link");
	struct rom_dir *sub = rom_dir_enter(f->dir, "dir");
	struct rom_out_file *out = rom_out_file_create(f->dir, "file", 0666);
	struct rom_entry entry, again;

	make_link(f, "file", "link");
	assert_true(rom_out_file_set_meta(out, &meta));
	assert_true(rom_out_file_stat(out, &entry));
	rom_out_file_close(out);
	check_meta(file, &meta, true);
	assert_true(rom_dir_stat(f->dir, "file", &again));
	assert_int_equal(again.mtime.sec, 1234567890);
	assert_int_equal(again.mtime.nsec, entry.mtime.nsec);
	meta.mode = 0750;
	meta.mtime.sec = -86400; /* before 1970 */
	assert_true(rom_dir_set_meta(sub, &meta));
	check_meta(dir, &meta, true);
	meta.mtime.sec = 1300000000;
	assert_true(rom_dir_set_link_meta(f->dir, "link", &meta));
	check_meta(link, &meta, false);
	assert_true(rom_dir_stat(f->dir, "file", &again));
	assert_int_equal(again.mtime.sec, 1234567890);
	rom_dir_close(sub);
}

/* ---- dumps --------------------------------------------------------------- */

enum { MIB = 1 << 20, SPARSE = 8 * MIB };

/* 64 KiB at 1 MiB and at 4 MiB; false where the filesystem tells of no
 * holes. */
static bool make_sparse(const char *path, const uint8_t *block)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	bool tells;

	assert_int_equal(ftruncate(fd, SPARSE), 0);
	assert_int_equal(pwrite(fd, block, 65536, MIB), 65536);
	assert_int_equal(pwrite(fd, block, 65536, 4 * MIB), 65536);
	tells = lseek(fd, 0, SEEK_DATA) > 0;
	close(fd);
	return tells;
}

/* What is written lies in data, most of the rest in holes, and each read gives
 * what read(2) gives, however it is aligned. */
static void sparse_dump(void **state)
{
	static uint8_t block[65536];
	ROM_AUTO char *path = path_of(*state, "dump");
	ROM_AUTO uint8_t *buf = rom_alloc_pages(MIB);
	struct rom_in_file *dump;
	uint64_t holes = 0, n;
	bool hole;

	noise(block, sizeof(block), 3);
	if (!make_sparse(path, block))
		skip_because("this filesystem does not tell where holes are");
	dump = rom_in_file_open(path);
	assert_int_equal(rom_in_file_entry(dump)->type, ROM_ENTRY_FILE);
	assert_int_equal(rom_in_file_entry(dump)->size, SPARSE);
	for (uint64_t offset = 0; offset < SPARSE; offset += n) {
		n = rom_in_file_map(dump, offset, SPARSE - offset, &hole);
		assert_in_range(n, 1, SPARSE - offset);
		holes += hole ? n : 0;
		assert_true(!hole || offset + n <= MIB ||
			    offset >= 4 * MIB + 65536 ||
			    (offset >= MIB + 65536 && offset + n <= 4 * MIB));
	}
	assert_true(holes >= SPARSE / 2);
	assert_int_equal(rom_in_file_map(dump, MIB + 5, 10, &hole) + hole, 10);
	for (size_t skip = 0; skip < 3; skip++) {
		n = (uint64_t)rom_in_file_read(
			dump, buf + skip, 128 << 10, MIB - 65536 + skip);
		assert_true(n > 65536);
		assert_memory_equal(buf + 65536, block, n - 65536 + skip);
	}
	assert_int_equal(rom_in_file_read(dump, buf, 100, SPARSE - 10), 10);
	assert_int_equal(rom_in_file_read(dump, buf, 100, SPARSE), 0);
	assert_in_range(rom_in_file_cached(dump, 0, SPARSE), 0, SPARSE);
	rom_in_file_close(dump);
	rom_in_file_close(NULL);
}

/* Where blocks can be shared the bytes are those; where not, nothing is
 * changed. */
static void blocks_are_shared_or_not(void **state)
{
	static uint8_t block[65536], back[65536], zeros[65536];
	struct fixture *f = *state;
	ROM_AUTO char *path = path_of(f, "dump");
	struct rom_out_file *out = rom_out_file_create(f->dir, "out", 0600);
	struct rom_in_file *dump;
	bool shared;

	noise(block, sizeof(block), 4);
	make_sparse(path, block);
	dump = rom_in_file_open(path);
	assert_true(rom_out_file_set_size(out, 2 * 65536));
	shared = rom_out_file_share(
		out, 65536, dump, (struct rom_range){ MIB, 65536 });
	assert_int_equal(rom_out_file_read(out, back, 65536, 65536), 65536);
	assert_memory_equal(back, shared ? block : zeros, 65536);
	/* nothing is nothing, not all that follows */
	assert_true(
		rom_out_file_share(out, 0, dump, (struct rom_range){ MIB, 0 }));
	assert_int_equal(rom_out_file_read(out, back, 65536, 0), 65536);
	assert_memory_equal(back, zeros, 65536);
	rom_in_file_close(dump);
	rom_out_file_close(out);
}

/* ---- signals, process, machine ------------------------------------------- */

/* What a child of its own exits with; -1: a signal ended it. */
static int in_child(int (*run)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(run());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int stop_once(void)
{
	volatile int stop = 0;

	rom_signals_stop(&stop);
	raise(SIGXFSZ);
	if (stop)
		return 1;
	raise(SIGINT);
	return stop ? 0 : 2;
}

static int stop_twice(void)
{
	return stop_once() ? 3 : raise(SIGINT);
}

static int ask_without_terminal(void)
{
	char buf[10];
	size_t n;

	setsid();
	return rom_terminal_ask("?", buf, sizeof(buf), &n);
}

static void signals_stop(void **state)
{
	(void)state;
	assert_int_equal(in_child(stop_once), 0);
	assert_int_equal(in_child(stop_twice), -1);
	assert_int_equal(in_child(ask_without_terminal), 0);
}

/* Answers at the other end of its terminal; what comes out of it goes to
 * ret, size bytes with the NUL. */
static void answer(int master, char *ret, size_t size)
{
	size_t len = 0;
	ssize_t n;

	/* what is typed before the question is thrown away */
	while (!strstr(ret, "PIN: ") &&
		(n = read(master, ret + len, size - 1 - len)) > 0)
		len += (size_t)n;
	assert_int_equal(write(master, "1234\n", 5), 5);
	while (len < size - 1 &&
		(n = read(master, ret + len, size - 1 - len)) > 0)
		len += (size_t)n;
}

/* With name as its terminal. */
static int ask_on(const char *name)
{
	char buf[10];
	size_t n = 0;

	setsid();
	if (open(name, O_RDWR) < 0 ||
		!rom_terminal_ask("PIN: ", buf, sizeof(buf), &n))
		return 1;
	return n == 4 && !memcmp(buf, "1234", 4) ? 0 : 2;
}

static void question_has_no_echo(void **state)
{
	char said[200] = "";
	int master = posix_openpt(O_RDWR | O_NOCTTY), status;
	pid_t child;

	(void)state;
	if (master < 0 || grantpt(master) || unlockpt(master))
		skip_because("there are no pseudo terminals here");
	child = fork();
	if (child == 0)
		_exit(ask_on(ptsname(master)));
	answer(master, said, sizeof(said));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(master);
	assert_non_null(strstr(said, "PIN: "));
	assert_null(strstr(said, "1234"));
}

static void secrets_and_streams(void **state)
{
	struct fixture *f = *state;
	ROM_AUTO char *path = path_of(f, "secret"), *none = path_of(f, "none");
	FILE *file;
	char buf[10];
	size_t n;

	write_text(f, "secret", "0123456789abcdef");
	assert_true(rom_read_secret(path, buf, sizeof(buf), &n));
	assert_int_equal(n, 10);
	assert_memory_equal(buf, "0123456789", 10);
	assert_refused(rom_read_secret(none, buf, sizeof(buf), &n), ENOENT);
	file = fopen(path, "r");
	assert_false(rom_is_terminal(file));
	fclose(file);
	assert_int_equal(
		rom_machine_processors(), sysconf(_SC_NPROCESSORS_ONLN));
	assert_in_range(rom_machine_memory(), MIB, UINT64_MAX / 2);
}

#define in_folder(test)                                                        \
	cmocka_unit_test_setup_teardown(test, open_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(path_is_made),
		in_folder(directory_is_entered),
		in_folder(links_are_not_followed),
		in_folder(names_are_listed),
		in_folder(filesystem_is_asked),
		in_folder(rename_replaces_or_not),
		in_folder(links_are_made),
		in_folder(file_is_exclusive),
		in_folder(stream_is_of_the_file),
		in_folder(a_pipe_is_not_waited_for),
		in_folder(times_and_modes_are_set),
		in_folder(sparse_dump),
		in_folder(blocks_are_shared_or_not),
		cmocka_unit_test(signals_stop),
		cmocka_unit_test(question_has_no_echo),
		in_folder(secrets_and_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
