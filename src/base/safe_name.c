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

static void replace_invalid(char *name)
{
	size_t n = strlen(name);
	bool utf8 = rom_is_utf8(name, n);

	for (size_t i = 0; i < n; i++) {
		if (is_invalid_on_fat((unsigned char)name[i]) ||
			(!utf8 && name[i] & 0x80))
			name[i] = '_';
	}
	if (name[n - 1] == '.' || name[n - 1] == ' ')
		name[n - 1] = '_';
	if (is_device_name(name))
		name[0] = '_';
}

/* Copies a name that is too long. It keeps the extension, by which its type is
 * known, and cuts no character in two. */
static size_t shorten(const char *bytes, size_t len, char *name)
{
	const char *dot = memrchr(bytes, '.', len);
	size_t end = dot && len - (size_t)(dot - bytes) <= MAX_EXTENSION
			     ? len - (size_t)(dot - bytes)
			     : 0;
	size_t n = NAME_LEN_MAX - end;

	while (n > NAME_LEN_MAX - end - 3 &&
		((unsigned char)bytes[n] & 0xc0) == 0x80)
		n--;
	memcpy(name, bytes, n);
	memcpy(name + n, bytes + len - end, end);
	return n + end;
}

char *rom_safe_name(const char *bytes, size_t len, bool strict)
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
	if (strict)
		replace_invalid(name);
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
	if (stem > 255 - tail - strlen(number))
		stem = 255 - tail - strlen(number);
	snprintf(ret, 256, "%.*s%s%.*s", (int)stem, name, number, (int)tail,
		dot ? dot : "");
}
