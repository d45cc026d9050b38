/* SPDX-License-Identifier: MIT */
/* out.c - the output folder: work in .part/, files that appear whole or not at
 * all */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "output_priv.h"

static enum rom_status failed(
	struct rom_err *err, const char *what, const char *name)
{
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: cannot %s: %s",
		name, what, strerror(errno));
}

static bool is_empty(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool empty = true;

	while (d && (e = readdir(d)))
		empty = empty && e->d_name[0] == '.' &&
			(!e->d_name[1] || !strcmp(e->d_name, ".."));
	if (d)
		closedir(d);
	return empty;
}

int rom_out_enter(int dir, const char *name)
{
	if (mkdirat(dir, name, 0777) && errno != EEXIST)
		return -1;
	return openat(
		dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* mkdir -p for what the user named. A parent that cannot be made says why the
 * rest cannot. */
static int make_path(const char *path)
{
	ROM_AUTO char *copy = rom_strdup(path);
	int why = 0;

	for (char *s = copy + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST && !why)
			why = errno;
		*s = '/';
	}
	if (!mkdir(path, 0777) || errno == EEXIST)
		return 0;
	errno = why && errno == ENOENT ? why : errno;
	return -1;
}

/* The folder as a whole cannot be used: another one may. */
static enum rom_status refused(
	struct rom_err *err, const char *what, const char *path)
{
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
		"%s: cannot %s: %s; choose another place with -o DIR", path,
		what, strerror(errno));
}

enum rom_status rom_out_open(const char *path, struct rom_out_options options,
	struct rom_out *ret, struct rom_err *err)
{
	struct rom_out out = { .sync = options.sync };

	if (make_path(path))
		return refused(err, "make this folder", path);
	out.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out.dir < 0)
		return refused(err, "open this folder", path);
	out.existed = !is_empty(out.dir);
	if (!rom_out_part_open(&out)) {
		enum rom_status st =
			refused(err, "make a folder " ROM_PART " in it", path);

		close(out.part);
		close(out.dir);
		return st;
	}
	out.path = rom_strdup(path);
	out.direct = rom_direct_new(options);
	*ret = out;
	pthread_mutex_init(&ret->log_lock, NULL);
	return ROM_OK;
}

void rom_out_close(struct rom_out *out)
{
	if (!out->path)
		return;
	rom_direct_free(out->direct);
	pthread_mutex_destroy(&out->log_lock);
	rom_out_part_close(out);
	if (out->sync)
		syncfs(out->dir);
	close(out->dir);
	free(out->path);
	*out = (struct rom_out){ .dir = -1, .part = -1 };
}

int rom_out_folder(struct rom_out *out, const char *name, struct rom_err *err)
{
	int fd = rom_out_enter(out->dir, name);

	if (fd < 0)
		failed(err, "make this folder", name);
	return fd;
}

int rom_out_temp(struct rom_out *out, char *name, struct rom_err *err)
{
	int fd;

	rom_out_part_next(out, name);
	fd = openat(out->part, name,
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		failed(err, "make a file in", out->path);
	return fd;
}

/* "photo.jpg" and 2 make "photo~2.jpg"; the result fits in 255 bytes. */
static void second_name(const char *name, unsigned n, char *ret)
{
	const char *dot = strrchr(name, '.');
	size_t stem = dot && dot != name ? (size_t)(dot - name) : strlen(name);
	size_t tail = strlen(name) - stem;
	char number[16];

	snprintf(number, sizeof(number), "~%u", n);
	if (tail > 32) /* no extension anybody needs */
		tail = 0;
	if (stem > 255 - tail - strlen(number))
		stem = 255 - tail - strlen(number);
	snprintf(ret, 256, "%.*s%s%.*s", (int)stem, name, number, (int)tail,
		dot ? dot : "");
}

enum rom_status rom_out_place(struct rom_out *out, const char *temp, int dir,
	char *name, struct rom_err *err)
{
	char try[256];

	snprintf(try, sizeof(try), "%s", name);
	for (unsigned n = 2; n < 100000; n++) {
		if (!renameat2(out->part, temp, dir, try, RENAME_NOREPLACE)) {
			strcpy(name, try);
			return ROM_OK;
		}
		/* a filesystem without this flag: a hard link refuses to
		 * replace too */
		if (errno == EINVAL) {
			if (!linkat(out->part, temp, dir, try, 0)) {
				unlinkat(out->part, temp, 0);
				strcpy(name, try);
				return ROM_OK;
			}
		}
		if (errno != EEXIST)
			return failed(err, "make this file", try);
		second_name(name, n, try);
	}
	return failed(err, "find a free name for", name);
}

void rom_out_drop(struct rom_out *out, const char *temp)
{
	unlinkat(out->part, temp, 0);
}

static enum rom_status write_all(int fd, const char *text, size_t len,
	const char *name, struct rom_err *err)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(err, "write", name);
		text += n;
		len -= (size_t)n;
	}
	return ROM_OK;
}

enum rom_status rom_out_text(struct rom_out *out, int dir, const char *name,
	const char *text, size_t len, struct rom_err *err)
{
	char temp[ROM_TEMP_NAME];
	int fd = rom_out_temp(out, temp, err);
	enum rom_status st;

	if (fd < 0)
		return ROM_E_WRITE;
	st = write_all(fd, text, len, name, err);
	if (close(fd) && !st)
		st = failed(err, "write", name);
	if (!st && renameat(out->part, temp, dir, name))
		st = failed(err, "make this file", name);
	if (st)
		rom_out_drop(out, temp);
	return st;
}

uint64_t rom_out_free(int fd)
{
	struct statvfs v;

	if (fstatvfs(fd, &v))
		return UINT64_MAX;
	return (uint64_t)v.f_bavail * v.f_frsize;
}

bool rom_out_shares(struct rom_out *out, struct rom_image *img)
{
	char temp[ROM_TEMP_NAME];
	struct rom_err err;
	int fd = rom_out_temp(out, temp, &err);
	uint64_t shared = 0;

	if (fd < 0)
		return false;
	rom_copy_share(img, (struct rom_range){ 0, rom_min(img->size, 4096) },
		fd, 0, &shared);
	close(fd);
	rom_out_drop(out, temp);
	return shared > 0;
}
