/* SPDX-License-Identifier: MIT */
/* open_fs.c - the filesystem of a partition, for the commands that read its
 * files; damage found in it goes into the report */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"

/* A reader may meet the same damage more than once: it is noted once. The
 * report limits the number of notes. */
static void note_damage(
	void *ctx, uint64_t ino, uint64_t offset, const char *text)
{
	const struct rom_fs_owner *o = ctx;
	bool known = offset != ROM_NO_OFFSET && o->offset != ROM_NO_OFFSET;
	uint64_t where = known ? o->offset + offset : ROM_NO_OFFSET;
	/* inode 0: the damage is not in one file */
	ROM_AUTO char *line =
		ino ? rom_format("inode %" PRIu64 ": %s", ino, text)
		    : rom_strdup(text);

	if (!rom_report_has_note(o->report, o->partition, where, line))
		rom_report_note(
			o->report, ROM_DAMAGE, o->partition, where, "%s", line);
}

static void note_orphans(struct rom_report *r, const struct rom_partition *p,
	const struct rom_fs_journal *j)
{
	char list[200] = "";
	size_t n = 0;

	for (size_t i = 0; i < 8 && i < j->orphans; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %" PRIu64,
			j->first_orphans[i]);
	if (j->orphans)
		rom_report_note(r, ROM_INFO, p->name, ROM_NO_OFFSET,
			"%" PRIu64
			" files were deleted while still open, or were being "
			"truncated, when it stopped (orphan inodes:%s%s)",
			j->orphans, list, j->orphans > 8 ? " ..." : "");
}

static void note_journal(struct rom_report *r, const struct rom_partition *p,
	const struct rom_fs *fs)
{
	const struct rom_fs_journal *j = rom_fs_journal(fs);

	if (j->files)
		rom_report_note(r, ROM_INFO, p->name, ROM_NO_OFFSET,
			"the filesystem was not unmounted: %" PRIu64
			" files synced after its last checkpoint (%" PRIu64
			" of them new names, %" PRIu64
			" blocks of metadata) were recovered in memory; "
			"--no-journal shows it without them",
			j->files, j->names, j->blocks);
	else if (j->replayed)
		rom_report_note(r, ROM_INFO, p->name, ROM_NO_OFFSET,
			"the filesystem was not unmounted: %" PRIu64
			" transactions (%" PRIu64
			" blocks) of its journal were replayed in memory; "
			"--no-journal shows it without them",
			j->transactions, j->blocks);
	note_orphans(r, p, j);
	if (j->fast_commits)
		rom_report_note(r, ROM_DAMAGE, p->name, ROM_NO_OFFSET,
			"the journal holds fast commits, which are not "
			"replayed: the last seconds before the "
			"phone died may be missing (e2fsck -fy on a copy of "
			"the partition replays them)");
	if (j->bad)
		rom_report_note(r, ROM_DAMAGE, p->name, ROM_NO_OFFSET,
			"%" PRIu64 " blocks of the journal have a wrong "
			"checksum and were skipped",
			j->bad);
}

/* All of it is ciphertext: files that a scan finds there are left over from an
 * earlier filesystem. */
static bool is_encrypted_whole(enum rom_verdict_kind verdict)
{
	return verdict == ROM_VERDICT_FDE || verdict == ROM_VERDICT_METADATA ||
	       verdict == ROM_VERDICT_ENCRYPTED_UNKNOWN;
}

/* Whether a full scan may find files. Reading the whole partition takes
 * minutes, so it needs a reason: the verdict, or nodes found by a quick
 * scan. */
static bool is_worth_a_scan(struct rom_dump *dump,
	const struct rom_partition *p, const struct rom_cached_fs *c)
{
	const struct rom_userdata *u = &dump->report->userdata;
	const struct rom_claim *claim = rom_partition_lead(p);
	bool judged = p == rom_analyze_userdata(dump->report) && u->summary;
	struct rom_fs_scan_result scan;

	if (judged && (u->verdict == ROM_VERDICT_DAMAGED ||
			      u->verdict == ROM_VERDICT_UNKNOWN))
		return true;
	if (judged &&
		(u->verdict == ROM_VERDICT_PLAIN ||
			(is_encrypted_whole(u->verdict) && !c->decrypted)))
		return false;
	if (claim->usage == ROM_USAGE_FILESYSTEM &&
		!(claim->traits & ROM_TRAIT_NODES))
		return false;
	rom_fs_quick_scan(c->meta, &scan);
	return scan.nodes > 0;
}

static enum rom_status fail_unsupported(
	const struct rom_partition *p, struct rom_err *err)
{
	const char *name = rom_partition_label(p);
	const struct rom_claim *c = rom_partition_lead(p);
	ROM_AUTO char *readers = rom_fs_readers();

	if (c->unpack)
		return rom_fail(err, ROM_E_NOT_FOUND, p->range.offset,
			"partition %s holds %s, which romsplit recognises but "
			"cannot read%s%s; mount its file (mount -t %s -o "
			"ro,loop FILE DIR) or unpack it (%s FILE)",
			name, c->format,
			p->name ? ": cut it out with romsplit split -p " : "",
			p->name ? p->name : "", c->format, c->unpack);
	return rom_fail(err, ROM_E_NOT_FOUND, p->range.offset,
		"partition %s: expected a filesystem that romsplit reads (%s), "
		"got %s",
		name, readers, c->format);
}

/* Why it cannot be read: the summary of the verdict where there is one. */
static enum rom_status fail_closed(const struct rom_dump *dump,
	const struct rom_partition *p, struct rom_err *err)
{
	const struct rom_userdata *u = &dump->report->userdata;
	bool encrypted =
		u->access != ROM_ACCESS_NO && u->access != ROM_ACCESS_YES;

	if (p != rom_analyze_userdata(dump->report) || !u->summary ||
		u->verdict == ROM_VERDICT_PLAIN)
		return fail_unsupported(p, err);
	if (encrypted && dump->unlocked.refused)
		return rom_fail(err, ROM_E_ENCRYPTED, p->range.offset, "%s",
			dump->unlocked.why);
	return rom_fail(err, encrypted ? ROM_E_ENCRYPTED : ROM_E_NOT_FOUND,
		p->range.offset, "%s", u->summary);
}

/* ---- opening ------------------------------------------------------------- */

/* The row with that name; without a name, that of userdata. */
static enum rom_status find_row(struct rom_report *r, const char *name,
	struct rom_partition **ret, struct rom_err *err)
{
	*ret = name ? rom_report_asked(r, name) : rom_analyze_userdata(r);
	/* a bare image of another partition: there is only one to choose */
	if (!*ret && !name && r->table.kind == ROM_TABLE_NONE &&
		r->partitions.n == 1)
		*ret = &r->partitions.v[0];
	if (!*ret)
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"partition %s: not found in this dump; romsplit info "
			"lists the partitions",
			name ? name : "userdata");
	if (!(*ret)->present)
		return rom_fail(err, ROM_E_NOT_FOUND, (*ret)->range.offset,
			"partition %s: not in this dump, which ends before it",
			(*ret)->name);
	return ROM_OK;
}

/* Opens it in the default mode; with a full scan only when its own structures
 * do not lead to its files. */
static struct rom_cached_fs *open_best(
	struct rom_dump *dump, struct rom_partition *p, bool no_journal)
{
	struct rom_fs_mode mode = { .no_journal = no_journal };
	struct rom_cached_fs *c = rom_fs_cache_get(dump, p, mode);

	if (c->fs && !rom_fs_needs_full_scan(c->fs))
		return c;
	if (!c->fs && !c->decrypted && rom_analyze_take_place(dump, p, false))
		return rom_fs_cache_get(dump, p, mode);
	if (!is_worth_a_scan(dump, p, c))
		return c;
	/* a copy of the superblock anywhere is worth more than a node */
	if (!c->fs && !c->decrypted && rom_analyze_take_place(dump, p, true)) {
		if (p == rom_analyze_userdata(dump->report))
			rom_analyze_judge_again(dump);
		return rom_fs_cache_get(dump, p, mode);
	}
	mode.full_scan = true;
	return rom_fs_cache_get(dump, p, mode);
}

/* The place that the user chose. */
static enum rom_status open_chosen(struct rom_dump *dump,
	const struct rom_partition *p, bool no_journal,
	struct rom_cached_fs **ret, struct rom_err *err)
{
	const struct rom_fs_mode mode = { .no_journal = no_journal,
		.place = dump->filesystem };
	const size_t n = rom_analyze_places(dump, p, false)->n;

	if (dump->filesystem > n)
		return rom_fail(err, ROM_E_NOT_FOUND, p->range.offset,
			"partition %s: filesystem %u was asked for, but %zu "
			"were found; romsplit info lists them",
			rom_partition_label(p), dump->filesystem, n);
	*ret = rom_fs_cache_get(dump, p, mode);
	return ROM_OK;
}

/* From now on its damage goes into the report; its journal is reported once. */
static void start_reporting(struct rom_dump *dump,
	const struct rom_partition *p, struct rom_cached_fs *c)
{
	c->kept = true;
	if (c->noted)
		return;
	c->noted = true;
	c->owner = (struct rom_fs_owner){ dump->report, p->name,
		p->extents.n > 1 ? ROM_NO_OFFSET
				 : p->range.offset + rom_fs_start(c->fs) };
	rom_fs_set_damage(c->fs, note_damage, &c->owner);
	note_journal(dump->report, p, c->fs);
}

enum rom_status rom_dump_open_fs(struct rom_dump *dump, const char *partition,
	bool no_journal, struct rom_dump_fs *ret, struct rom_err *err)
{
	struct rom_partition *p;
	struct rom_cached_fs *c = NULL;
	enum rom_status st = find_row(dump->report, partition, &p, err);

	if (st)
		return st;
	if (dump->filesystem && p == rom_analyze_userdata(dump->report))
		st = open_chosen(dump, p, no_journal, &c, err);
	else
		c = open_best(dump, p, no_journal);
	if (st)
		return st;
	if (c->status == ROM_NO_MATCH)
		return fail_closed(dump, p, err);
	if (c->status) {
		*err = c->err;
		return c->status;
	}
	start_reporting(dump, p, c);
	*ret = (struct rom_dump_fs){ c->fs, p,
		p->extents.n > 1
			? ROM_NO_OFFSET
			: rom_report_offset(dump->report, p->range.offset) +
				  rom_fs_start(c->fs) };
	return ROM_OK;
}
