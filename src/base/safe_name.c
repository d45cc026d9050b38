/* SPDX-License-Identifier: MIT */
/* safe_name.c - turns names from a dump into file names that stay inside the
 * output directory */
#include "romsplit/base.h"

enum { NAME_LEN_MAX = 255, MAX_EXTENSION = 16 };

static bool is_invalid_on_fat(unsigned char c)
{
	return c < 0x20 || c == 0x7f || strchr("<>:\"\\|?*", c);
}

static bool is_device_name(const char *name)
{
	static const char *const names[] = { "CON", "PRN", "AUX", "NUL" };
	size_t n = strcspn(name, ".");

	for (size_t i = 0; i < 4; i++) {
		if (n == 3 && !strncasecmp(name, names[i], 3))
			return true;
	}
	return n == 4 &&
	       (!strncasecmp(name, "COM", 3) || !strncasecmp(name, "LPT", 3)) &&
	       name[3] >= '1' && name[3] <= '9';
}

static void make_utf8(char *name, size_t n)
{
	if (rom_is_utf8(name, n))
		return;
	for (size_t i = 0; i < n; i++) {
		if (name[i] & 0x80)
			name[i] = '_';
	}
}

static void make_strict(char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_invalid_on_fat((unsigned char)name[i]))
			name[i] = '_';
	}
	if (name[n - 1] == '.' || name[n - 1] == ' ')
		name[n - 1] = '_';
	/* "con.jpg" is the console on Windows, whatever its extension */
	if (is_device_name(name))
		name[0] = '_';
}

/* n, or a little less, so that no character is cut in two. */
static size_t whole_characters(const char *bytes, size_t n)
{
	const size_t least = n - 3;

	while (n > least && ((unsigned char)bytes[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Copies a name that is too long. It keeps the extension, by which its type is
 * known, and cuts no character in two. */
static size_t shorten(const char *bytes, size_t len, char *name)
{
	const char *dot = memrchr(bytes, '.', len);
	size_t end = dot && len - (size_t)(dot - bytes) <= MAX_EXTENSION
			     ? len - (size_t)(dot - bytes)
			     : 0;
	size_t n = whole_characters(bytes, NAME_LEN_MAX - end);

	memcpy(name, bytes, n);
	memcpy(name + n, bytes + len - end, end);
	return n + end;
}

char *rom_safe_name(const char *bytes, size_t len, enum rom_name_rules rules)
{
	size_t n = len < NAME_LEN_MAX ? len : NAME_LEN_MAX;
	char *name = rom_alloc(n + 2);

	if (len > NAME_LEN_MAX)
		n = shorten(bytes, len, name);
	else
		memcpy(name, bytes, n);
	for (size_t i = 0; i < n; i++) {
		if (name[i] == '/' || name[i] == '\0')
			name[i] = '_';
	}
	if (n == 0 || !strcmp(name, ".") || !strcmp(name, ".."))
		strcpy(name, "_");
	n = strlen(name);
	if (rules >= ROM_NAMES_UTF8)
		make_utf8(name, n);
	if (rules >= ROM_NAMES_STRICT)
		make_strict(name, n);
	return name;
}

void rom_numbered_name(const char *name, unsigned n, char *ret)
{
	const char *dot = strrchr(name, '.');
	size_t stem = dot && dot != name ? (size_t)(dot - name) : strlen(name);
	size_t tail = strlen(name) - stem;
	char number[16];

	snprintf(number, sizeof(number), "~%u", n);
	if (tail > 32) /* longer than any real extension */
		tail = 0;
	if (stem > NAME_LEN_MAX - tail - strlen(number))
		stem = whole_characters(
			name, NAME_LEN_MAX - tail - strlen(number));
	snprintf(ret, 256, "%.*s%s%.*s", (int)stem, name, number, (int)tail,
		dot ? dot : "");
}
