/* SPDX-License-Identifier: MIT */
/* process.c - keeps secrets inside this process, and reads them */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "romsplit/os.h"

#if defined(__SANITIZE_ADDRESS__)
/* its leak check has to attach to the process */
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

void rom_process_protect(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	if (!UNDER_SANITIZER)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

bool rom_read_secret(const char *path, void *buf, size_t size, size_t *ret_len)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	size_t n = 0;
	ssize_t got = 1;
	int why;

	while (fd >= 0 && got > 0 && n < size) {
		got = read(fd, (char *)buf + n, size - n);
		n += got > 0 ? (size_t)got : 0;
	}
	*ret_len = n;
	why = errno;
	if (path && fd >= 0)
		close(fd);
	errno = why;
	return fd >= 0 && got >= 0;
}
