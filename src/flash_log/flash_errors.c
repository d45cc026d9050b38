/* SPDX-License-Identifier: MIT */
/* flash_errors.c - looks up error codes by number or name */
#include <stdlib.h>
#include <strings.h>

#include "romsplit/flash_log.h"

static const struct rom_flash_error errors[] = {
#define ERROR(code, name, meaning, remedy) { code, name, meaning, remedy },
#include "flash_errors.def"
#undef ERROR
};

/* Hex numbers also appear without 0x: eight digits in logs, three ("FD2") where
 * people quote the tool. */
static bool is_bare_hex(const char *word)
{
	size_t n = strlen(word);

	return strspn(word, "0123456789abcdefABCDEF") == n &&
	       (n == 8 || (n == 3 && strpbrk(word, "abcdefABCDEF")));
}

static bool parse_number(const char *word, uint32_t *ret)
{
	char *end;
	long long n = strtoll(word, &end, is_bare_hex(word) ? 16 : 0);

	*ret = (uint32_t)n;
	return end != word && !*end && n <= UINT32_MAX && n >= INT32_MIN;
}

const struct rom_flash_error *rom_flash_error_find(const char *code_or_name)
{
	uint32_t code;
	bool is_number = parse_number(code_or_name, &code);

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (is_number ? errors[i].code == code
			      : errors[i].name && !strcasecmp(errors[i].name,
							  code_or_name))
			return &errors[i];
	}
	return NULL;
}
