/* SPDX-License-Identifier: MIT */
/* damage.c - damage in a filesystem: counted, kept for a listener that is set
 * later, and reported to the current one */
#include <stdarg.h>
#include <stdlib.h>

#include "fs_priv.h"

/* A damaged filesystem must not exhaust memory; the report of a dump keeps no
 * more notes than this either. */
enum { MAX_KEPT = 1000 };

static bool is_kept(const struct rom_fs *fs, uint64_t ino, uint64_t offset,
	const char *text)
{
	const struct rom_fs_finding *f;

	rom_each (f, &fs->findings) {
		if (f->ino == ino && f->offset == offset &&
			!strcmp(f->text, text))
			return true;
	}
	return false;
}

/* Drops duplicates: a directory is listed more than once, and reports its
 * damage each time. */
static void keep_finding(
	struct rom_fs *fs, uint64_t ino, uint64_t offset, const char *text)
{
	if (is_kept(fs, ino, offset, text))
		return;
	if (fs->findings.n == MAX_KEPT) {
		fs->findings_dropped = true;
		return;
	}
	*rom_vec_add(&fs->findings) =
		(struct rom_fs_finding){ ino, offset, rom_strdup(text) };
}

void rom_fs_damage(
	struct rom_fs *fs, uint64_t ino, uint64_t offset, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	fs->damage++;
	if (fs->silent)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	keep_finding(fs, ino, offset, text);
	if (fs->listener)
		fs->listener(fs->listener_ctx, ino, offset, text);
}

void rom_fs_set_damage(struct rom_fs *fs, rom_damage_fn fn, void *ctx)
{
	const struct rom_fs_finding *f;

	fs->listener = fn;
	fs->listener_ctx = ctx;
	if (!fn)
		return;
	rom_each (f, &fs->findings)
		fn(ctx, f->ino, f->offset, f->text);
	if (fs->findings_dropped)
		fn(ctx, 0, ROM_NO_OFFSET,
			"more damage was found than is kept: some of it is "
			"not listed");
}

struct rom_fs_quiet rom_fs_quiet_begin(struct rom_fs *fs)
{
	struct rom_fs_quiet quiet = { fs->silent, fs->damage };

	fs->silent = true;
	return quiet;
}

void rom_fs_quiet_end(struct rom_fs *fs, const struct rom_fs_quiet *quiet)
{
	fs->silent = quiet->silent;
	fs->damage = quiet->count;
}

uint64_t rom_fs_damage_count(const struct rom_fs *fs)
{
	return fs->damage;
}

void rom_fs_damage_move(struct rom_fs *to, struct rom_fs *from)
{
	const struct rom_fs_finding *f;

	rom_each (f, &from->findings)
		rom_fs_damage(to, f->ino, f->offset, "%s", f->text);
	rom_fs_damage_done(from);
}

void rom_fs_damage_done(struct rom_fs *fs)
{
	struct rom_fs_finding *f;

	rom_each (f, &fs->findings)
		free(f->text);
	rom_vec_done(&fs->findings);
}
