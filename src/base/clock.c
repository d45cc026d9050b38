/* SPDX-License-Identifier: MIT */
/* clock.c - how long something takes */
#include <time.h>

#include "romsplit/base.h"

double rom_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
