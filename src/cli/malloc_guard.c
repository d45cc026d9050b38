/* SPDX-License-Identifier: MIT */
/*
 * malloc_guard.c - in this program an allocation of usual size does not fail
 *
 * Our own code ends the process when memory is out. The libraries that we use
 * go on: libext2fs crashes in its own clean-up, libmagic and jansson leave out
 * what they could not keep, and a report looks whole that is not. A program may
 * have a malloc of its own, which then serves all of its libraries: this one
 * asks the next in line (libc's, or one that was preloaded), and ends the
 * process when that has nothing.
 *
 * What a damaged dump makes a library ask for may be larger than any machine
 * has: that still fails, and is an error of the dump.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include "cli.h"

#if defined(__has_feature)
#define HAS_FEATURE(f) __has_feature(f)
#else
#define HAS_FEATURE(f) 0
#endif

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) &&                    \
	!defined(__SANITIZE_THREAD__) && !HAS_FEATURE(address_sanitizer) &&    \
	!HAS_FEATURE(thread_sanitizer) && !HAS_FEATURE(memory_sanitizer)

/* more than any library takes for what is not damaged */
#define USUAL ((size_t)64 << 20)

/* libc's own, for what dlsym allocates while it looks for the next */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static void *checked(void *p, size_t size)
{
	if (!p && size && size <= USUAL)
		rom_out_of_memory();
	return p;
}

/* The function called name behind this program; own while it is looked for. */
#define NEXT(name, own)                                                        \
	__extension__({                                                        \
		static __typeof__(&own) next_;                                 \
		if (!next_) {                                                  \
			void *found_;                                          \
			next_ = own;                                           \
			found_ = dlsym(RTLD_NEXT, name);                       \
			if (found_)                                            \
				memcpy(&next_, &found_, sizeof(next_));        \
		}                                                              \
		next_;                                                         \
	})

void *malloc(size_t size)
{
	return checked(NEXT("malloc", __libc_malloc)(size), size);
}

void *calloc(size_t n, size_t size)
{
	uint64_t all = UINT64_MAX;

	rom_mul(n, size, &all);
	return checked(NEXT("calloc", __libc_calloc)(n, size), all);
}

void *realloc(void *p, size_t size)
{
	return checked(NEXT("realloc", __libc_realloc)(p, size), size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return checked(
		NEXT("aligned_alloc", __libc_memalign)(align, size), size);
}

#endif
