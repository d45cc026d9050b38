/* SPDX-License-Identifier: MIT */
/* machine.c - processors, memory and limits of the machine */
#include <sys/resource.h>
#include <unistd.h>

#include "romsplit/os.h"

unsigned rom_machine_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

uint64_t rom_machine_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

unsigned rom_machine_open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 256; /* every current system allows this many */
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit most = { limit.rlim_max, limit.rlim_max };

		if (!setrlimit(RLIMIT_NOFILE, &most))
			limit = most;
	}
	return limit.rlim_cur > 1 << 20 ? 1 << 20 : (unsigned)limit.rlim_cur;
}
