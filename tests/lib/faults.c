/* SPDX-License-Identifier: MIT */
/*
 * faults.c - makes one call of a program fail: LD_PRELOAD it
 *
 *   FI_OP=malloc|pread|write|...  which call (malloc: every allocation)
 *   FI_N=N                        the Nth of them fails; 0: none
 *   FI_STICKY=1                   and all behind it
 *   FI_ERR=ERRNO                  so; -1: half is read or written
 *   FI_COUNT=FILE                 how many there were, written at the end
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *op = "", *count_file;
static long nth, sticky, calls;
static int reason;

static long number(const char *name)
{
	const char *text = getenv(name);

	return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("FI_OP");

	nth = number("FI_N");
	sticky = number("FI_STICKY");
	reason = (int)number("FI_ERR");
	count_file = getenv("FI_COUNT");
	op = name ? name : "";
}

__attribute__((destructor)) static void end(void)
{
	FILE *f = count_file ? fopen(count_file, "w") : NULL;

	if (f) {
		fprintf(f, "%ld\n", calls);
		fclose(f);
	}
}

static int is_hit(const char *name)
{
	long n;

	if (strcmp(name, op))
		return 0;
	n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	return nth > 0 && (sticky ? n >= nth : n == nth);
}

/* The call itself, behind this library. */
#define REAL(name)                                                             \
	static __typeof__(name) *real;                                         \
	if (!real)                                                             \
	real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* A call that fails with bad and errno. */
#define FAILS(op_name, type, bad, name, params, args)                          \
	type name params                                                       \
	{                                                                      \
		REAL(name);                                                    \
		if (is_hit(op_name)) {                                         \
			errno = reason;                                        \
			return bad;                                            \
		}                                                              \
		return real args;                                              \
	}

/* A call that moves bytes: it may be cut short, too. */
#define MOVES(op_name, name, params, args, len)                                \
	ssize_t name params                                                    \
	{                                                                      \
		REAL(name);                                                    \
		if (is_hit(op_name)) {                                         \
			if (reason >= 0) {                                     \
				errno = reason;                                \
				return reason ? -1 : 0;                        \
			}                                                      \
			len = len > 1 ? len / 2 : len;                         \
		}                                                              \
		return real args;                                              \
	}

MOVES("pread", pread64, (int f, void *b, size_t n, off64_t o), (f, b, n, o), n)
MOVES("write", write, (int f, const void *b, size_t n), (f, b, n), n)
MOVES("pwrite", pwrite64, (int f, const void *b, size_t n, off64_t o),
	(f, b, n, o), n)

FAILS("renameat2", int, -1, renameat2,
	(int a, const char *b, int c, const char *d, unsigned e),
	(a, b, c, d, e))
FAILS("renameat", int, -1, renameat,
	(int a, const char *b, int c, const char *d), (a, b, c, d))
FAILS("linkat", int, -1, linkat,
	(int a, const char *b, int c, const char *d, int e), (a, b, c, d, e))
FAILS("symlinkat", int, -1, symlinkat, (const char *a, int b, const char *c),
	(a, b, c))
FAILS("mkdirat", int, -1, mkdirat, (int a, const char *b, mode_t c), (a, b, c))
FAILS("mkdir", int, -1, mkdir, (const char *a, mode_t b), (a, b))
FAILS("fsync", int, -1, fsync, (int a), (a))
FAILS("syncfs", int, -1, syncfs, (int a), (a))
FAILS("ftruncate", int, -1, ftruncate64, (int a, off64_t b), (a, b))
FAILS("unlinkat", int, -1, unlinkat, (int a, const char *b, int c), (a, b, c))
FAILS("lseek", off64_t, -1, lseek64, (int a, off64_t b, int c), (a, b, c))
FAILS("fstat", int, -1, fstat64, (int a, struct stat64 *b), (a, b))
FAILS("fstatat", int, -1, fstatat64,
	(int a, const char *b, struct stat64 *c, int d), (a, b, c, d))
FAILS("fdopen", FILE *, NULL, fdopen, (int a, const char *b), (a, b))
FAILS("fdopendir", DIR *, NULL, fdopendir, (int a), (a))
FAILS("open", int, -1, open64, (const char *a, int b, ...),
	(a, b, 0666)) /* of all our modes the umask leaves that */
FAILS("openat", int, -1, openat64, (int a, const char *b, int c, ...),
	(a, b, c, 0666))
FAILS("pthread_create", int, reason, pthread_create,
	(pthread_t * a, const pthread_attr_t *b, void *(*c)(void *), void *d),
	(a, b, c, d))

int close(int fd)
{
	REAL(close);
	if (!is_hit("close"))
		return real(fd);
	real(fd); /* it is closed all the same */
	errno = reason;
	return -1;
}

/* dlsym allocates: these are known by another name. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	return is_hit("malloc") ? no_memory() : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return is_hit("malloc") ? no_memory() : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return is_hit("malloc") ? no_memory() : __libc_realloc(p, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return is_hit("malloc") ? no_memory() : __libc_memalign(align, size);
}
