/* SPDX-License-Identifier: MIT */
/* error.c - the only place that fills struct rom_err */
#include <stdarg.h>

#include "romsplit/base.h"

enum rom_status rom_fail(struct rom_err *err, enum rom_status status,
	uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return status;
	err->status = status;
	err->offset = offset;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return status;
}
