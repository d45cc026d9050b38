/* SPDX-License-Identifier: MIT */
/* terminal.c - the terminal: its presence, and questions without
 * echo */
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "romsplit/os.h"

bool rom_is_terminal(FILE *stream)
{
	return isatty(fileno(stream));
}

/* Reads a line without echo, and restores the terminal settings. */
static ssize_t read_silently(
	int tty, const char *question, char *buf, size_t size)
{
	struct termios was, silent;
	bool changed = !tcgetattr(tty, &was);
	ssize_t n;

	if (changed) {
		silent = was;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(tty, TCSAFLUSH, &silent);
	}
	if (write(tty, question, strlen(question)) < 0)
		n = -1;
	else
		n = read(tty, buf, size);
	if (changed)
		tcsetattr(tty, TCSAFLUSH, &was);
	if (write(tty, "\n", 1) < 0)
		return -1;
	return n;
}

bool rom_terminal_ask(
	const char *question, char *buf, size_t size, size_t *ret_len)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	ssize_t n;

	if (tty < 0)
		return false;
	n = read_silently(tty, question, buf, size);
	close(tty);
	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
		n--;
	*ret_len = n > 0 ? (size_t)n : 0;
	return true;
}
