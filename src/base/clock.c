/* SPDX-License-Identifier: MIT */
/* clock.c - clocks, to measure how long something takes */
#include <time.h>

#include "romsplit/base.h"

static double read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double rom_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double rom_thread_time(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
