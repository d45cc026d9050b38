/* SPDX-License-Identifier: MIT */
/* file_logs.c - the list of file logs, and the base of those that write
 * lines */
#include <stdlib.h>

#include "file_log_priv.h"

#define ROM_FILE_LOG(name) extern const struct rom_file_log_kind rom_log_##name;
#include "file_logs.def"
#undef ROM_FILE_LOG

static const struct rom_file_log_kind *const kinds[] = {
#define ROM_FILE_LOG(name) &rom_log_##name,
#include "file_logs.def"
#undef ROM_FILE_LOG
};

size_t rom_file_log_count(void)
{
	return sizeof(kinds) / sizeof(*kinds);
}

const struct rom_file_log_kind *rom_file_log_kind(size_t i)
{
	return i < rom_file_log_count() ? kinds[i] : NULL;
}

static void line_log_close(struct rom_file_log *log)
{
	free(log);
}

struct rom_file_log *rom_line_log_new(FILE *out,
	const struct rom_file_log_options *options,
	void (*file)(struct rom_file_log *log, const struct rom_file *file,
		const struct rom_file_result *result))
{
	struct line_log *l = rom_alloc(sizeof(*l));

	l->log.file = file;
	l->log.close = line_log_close;
	l->out = out;
	l->prefix = options->prefix ? options->prefix : "";
	return &l->log;
}
