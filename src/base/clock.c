/* SPDX-License-Identifier: MIT */
/* clock.c - how long something takes */
#include <time.h>

#include "romsplit/base.h"

static double ask(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double rom_now(void)
{
	return ask(CLOCK_MONOTONIC);
}

double rom_thread_time(void)
{
	return ask(CLOCK_THREAD_CPUTIME_ID);
}
