/* SPDX-License-Identifier: MIT */
/* flash_errors.c - error codes by number or name */
#include <stdlib.h>
#include <strings.h>

#include "romsplit/log.h"

static const struct rom_flash_error errors[] = {
#define ERROR(code, name, meaning, remedy) { code, name, meaning, remedy },
#include "flash_errors.def"
#undef ERROR
};

const struct rom_flash_error *rom_flash_error_find(const char *code_or_name)
{
	/* logs print the large ones without 0x, too */
	bool bare_hex =
		strlen(code_or_name) == 8 && strspn(code_or_name, "0123456789abcdefABCDEF") == 8;
	char *end;
	unsigned long code = strtoul(code_or_name, &end, bare_hex ? 16 : 0);
	bool is_number = end != code_or_name && !*end && code <= UINT32_MAX;

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (is_number ? errors[i].code == code
			      : errors[i].name && !strcasecmp(errors[i].name, code_or_name))
			return &errors[i];
	}
	return NULL;
}
