/* SPDX-License-Identifier: MIT */
/* signals.c - lets the user stop the run */
#include <signal.h>

#include "romsplit/os.h"

/* Only the signal handler uses it, and a handler takes no argument. */
static volatile int *stop_flag;

static void on_signal(int number)
{
	(void)number;
	*stop_flag = 1;
}

void rom_signals_stop(volatile int *stop)
{
	struct sigaction sa = { .sa_handler = on_signal,
		/* the second signal ends the program */
		.sa_flags = (int)SA_RESETHAND };

	stop_flag = stop;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* a file beyond the size limit is a write error, not a reason to die */
	signal(SIGXFSZ, SIG_IGN);
}
