/* SPDX-License-Identifier: MIT */
/* signals.c - the user wants to stop */
#include <signal.h>

#include "romsplit/os.h"

/* The handler must find it; nothing else uses it. */
static volatile int *stop_flag;

static void on_signal(int number)
{
	(void)number;
	*stop_flag = 1;
}

void rom_signals_stop(volatile int *stop)
{
	struct sigaction sa = { .sa_handler = on_signal,
		/* a second one ends the program */
		.sa_flags = (int)SA_RESETHAND };

	stop_flag = stop;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* a file too large for the disk is an error of writing */
	signal(SIGXFSZ, SIG_IGN);
}
