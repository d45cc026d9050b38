/* SPDX-License-Identifier: MIT */
/* gpt_job.c - writes pgpt.bin and sgpt.bin into an output directory */
#include <errno.h>
#include <stdlib.h>

#include "job_priv.h"

/* What stands in the directory under a name. */
enum found { NOTHING, THE_SAME, ANOTHER };

static enum found find(const struct rom_out *out, const char *name,
	const uint8_t *bytes, size_t len)
{
	struct rom_entry entry;
	size_t got = 0;
	ROM_AUTO char *old = NULL;

	if (!rom_dir_stat(out->dir, name, &entry))
		return errno == ENOENT ? NOTHING : ANOTHER;
	old = rom_out_read_text(out->dir, name, &got);
	return old && got == len && !memcmp(old, bytes, len) ? THE_SAME
							     : ANOTHER;
}

static bool write_all(
	struct rom_out_file *file, const uint8_t *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		int64_t n = rom_out_file_write(
			file, bytes + done, len - done, done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static enum rom_status write_file(struct rom_out *out, const char *name,
	const uint8_t *bytes, size_t len, struct rom_err *err)
{
	char temp[ROM_TEMP_NAME], placed[256];
	struct rom_out_file *file = rom_out_temp(out, temp, err);
	bool good;

	if (!file)
		return ROM_E_WRITE;
	good = write_all(file, bytes, len);
	good &= rom_out_file_close(file);
	if (!good) {
		rom_out_drop(out, temp);
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s/%s: cannot write: %s", out->path, name,
			strerror(errno));
	}
	snprintf(placed, sizeof(placed), "%s", name);
	return rom_out_place(out, temp, out->dir, placed, err);
}

enum rom_status rom_job_gpt(const struct rom_gpt_files *files, const char *path,
	bool sync, struct rom_err *err)
{
	const struct {
		const char *name;
		const uint8_t *bytes;
		size_t len;
	} list[] = { { "pgpt.bin", files->primary, files->primary_len },
		{ "sgpt.bin", files->backup, files->backup_len } };
	enum found found[2];
	struct rom_out out;
	enum rom_status st = rom_out_open(
		path, (struct rom_out_options){ .sync = sync }, &out, err);

	for (size_t i = 0; i < 2 && !st; i++) {
		found[i] = find(&out, list[i].name, list[i].bytes, list[i].len);
		if (found[i] == ANOTHER)
			st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
				"%s/%s: is already there, with other contents; "
				"nothing was written",
				path, list[i].name);
	}
	for (size_t i = 0; i < 2 && !st; i++) {
		if (found[i] == NOTHING)
			st = write_file(&out, list[i].name, list[i].bytes,
				list[i].len, err);
	}
	return rom_out_close(&out, st, err);
}
