/* SPDX-License-Identifier: MIT */
/* log_errors.c - finds errors in text: a line of a log, or a message copied
 * from the tool's window */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "romsplit/flash_log.h"

enum { MAX_ERRORS = 256, WORD_SIZE = 96 };

/* Messages of the tool's window that have no number. */
static const struct {
	const char *words, *code;
} phrases[] = {
	{ "PMT changed for the ROM", "4050" },
	{ "download DA to baseband chip", "2004" },
	{ "pass bootrom start command", "2005" },
	{ "Enable DRAM fail", "4032" },
};

static void add_error(
	struct rom_log *log, const struct rom_flash_error *e, unsigned line)
{
	if (!e || log->errors.n >= MAX_ERRORS)
		return;
	for (size_t i = 0; i < log->errors.n; i++) {
		if (log->errors.v[i] == e)
			return;
	}
	*rom_vec_add(&log->errors) = e;
	*rom_vec_add(&log->lines) = line;
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A log is full of numbers: by themselves only names and numbers like 0xC00...
 * count as errors. */
static bool is_error_name(const char *word)
{
	return !strncmp(word, "S_", 2) || !strncmp(word, "STATUS_", 7) ||
	       !strncasecmp(word, "0xC00", 5);
}

/* In a line about an error, a number of four digits is its code: "error 4050",
 * "(4050)". */
static bool is_four_digits(const char *word)
{
	return strlen(word) == 4 && strspn(word, "0123456789") == 4;
}

/* Copies the word at s, n long, with the minus before a number of 10 digits:
 * newer tools print 0xC0060003 as -1073348605. */
static void copy_word(const char *line, const char *s, size_t n, char *ret)
{
	bool minus = s > line && s[-1] == '-' && n == 10 &&
		     strspn(s, "0123456789") == n;

	snprintf(ret, WORD_SIZE, "%s%.*s", minus ? "-" : "", (int)n, s);
}

static bool is_error(const char *word, bool about_error, bool pasted)
{
	if (is_error_name(word) || *word == '-')
		return true;
	return (about_error && is_four_digits(word)) ||
	       (pasted && !strncasecmp(word, "0x", 2));
}

void rom_log_find_errors(
	struct rom_log *log, const char *line, unsigned number, bool pasted)
{
	bool about_error =
		pasted || strcasestr(line, "error") || strcasestr(line, "fail");
	char word[WORD_SIZE];

	for (const char *s = line; *s;) {
		size_t n = 0;

		while (*s && !is_word_char(*s))
			s++;
		while (is_word_char(s[n]))
			n++;
		if (n > 0 && n < sizeof(word) - 1) {
			copy_word(line, s, n, word);
			if (is_error(word, about_error, pasted))
				add_error(log, rom_flash_error_find(word),
					number);
		}
		s += n;
	}
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
		if (strcasestr(line, phrases[i].words))
			add_error(log, rom_flash_error_find(phrases[i].code),
				number);
	}
}
