/* SPDX-License-Identifier: MIT */
/* job_logs.c - the file logs of an extraction, and the files that they are
 * written to */
#include <errno.h>
#include <stdlib.h>

#include "job_priv.h"

void rom_job_logs_add(struct rom_job_logs *l,
	const struct rom_file_log_kind *kind, FILE *out, const char *prefix)
{
	const struct rom_file_log_options options = { .prefix = prefix };

	*rom_vec_add(&l->logs) = kind->open(out, &options);
}

static enum rom_status fail_write(const char *path, struct rom_err *err)
{
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: cannot write: %s",
		path, strerror(errno));
}

static enum rom_status open_log(struct rom_job_logs *l,
	const struct rom_log_choice *choice, struct rom_err *err)
{
	struct rom_out_file *file =
		rom_out_file_create_over(NULL, choice->path, 0666);
	FILE *stream = file ? rom_out_file_stream(file) : NULL;

	if (!stream) {
		enum rom_status st = fail_write(choice->path, err);

		rom_out_file_close(file);
		return st;
	}
	*rom_vec_add(&l->files) =
		(struct rom_job_log_file){ file, choice->path };
	rom_job_logs_add(l, choice->kind, stream, NULL);
	return ROM_OK;
}

enum rom_status rom_job_logs_open(struct rom_job_logs *l,
	const struct rom_job_options *options, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < options->n_logs && !st; i++)
		st = open_log(l, &options->logs[i], err);
	return st;
}

enum rom_status rom_job_logs_close(struct rom_job_logs *l, struct rom_err *err)
{
	enum rom_status st = ROM_OK;
	struct rom_job_log_file *f;
	struct rom_file_log **log;

	rom_each (log, &l->logs)
		(*log)->close(*log);
	rom_each (f, &l->files) {
		if (!rom_out_file_close(f->file) && !st)
			st = fail_write(f->path, err);
	}
	rom_vec_done(&l->logs);
	rom_vec_done(&l->files);
	return st;
}
