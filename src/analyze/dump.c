/* SPDX-License-Identifier: MIT */
/* dump.c - opens a dump from its files, has it analyzed, and closes it */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "analyze_priv.h"
#include "romsplit/probe.h"
#include "romsplit/render.h"

void rom_dump_close(struct rom_dump *dump)
{
	if (!dump)
		return;
	/* first, since filesystems refer to the keyring, which is wiped when
	 * its last reference goes */
	rom_analyze_places_free(dump->places);
	rom_fs_cache_free(dump->filesystems);
	rom_unlocked_done(&dump->unlocked);
	rom_secrets_free(dump->secrets);
	rom_image_close(dump->img);
	rom_report_free(dump->report);
	rom_scatter_done(&dump->scatter);
	free(dump->facts);
	free(dump);
}

static void fill_run(struct rom_report *r, const char *command)
{
	ROM_AUTO char *magic = rom_probe_magic_library();
	char now[32];
	time_t t = time(NULL);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &tm);
	r->command = rom_strdup(command);
	r->started = rom_strdup(now);
	rom_facts_text(&r->libraries, "libext2fs", rom_fs_ext4_library());
	rom_facts_text(&r->libraries, "libcrypto", rom_digest_library());
	rom_facts_text(&r->libraries, "libmagic", magic);
	rom_facts_text(&r->libraries, "jansson", rom_json_library());
}

static struct rom_dump *dump_new(
	struct rom_image *img, const struct rom_dump_options *options)
{
	struct rom_dump *dump = rom_alloc(sizeof(*dump));

	dump->img = rom_image_open_watched(img, &dump->faults);
	dump->report = rom_report_new();
	dump->secrets = options->secrets;
	dump->progress = options->progress;
	dump->filesystem = options->filesystem;
	dump->unlocked.keyring = rom_keyring_new();
	dump->filesystems = rom_fs_cache_new();
	fill_run(dump->report, options->command);
	return dump;
}

/* The table of the medium wins over the scatter file given; say so. */
static void note_unused_scatter(
	struct rom_report *r, const struct rom_table_options *table)
{
	if (table->scatter && r->table.source != ROM_SOURCE_FILE &&
		r->table.source != ROM_SOURCE_PRINTED &&
		r->table.kind != ROM_TABLE_MBR)
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"this dump has its own partition table, which is used; "
			"romsplit check compares it with %s",
			table->scatter_name);
}

/* The pass reports what it cannot read by itself; a question that got no answer
 * leaves no trace but this. */
static void note_faults(struct rom_dump *dump)
{
	const struct rom_read_faults *f = &dump->faults;

	if (f->failed)
		rom_report_note(dump->report, ROM_DAMAGE, NULL, f->first_failed,
			"%" PRIu64 " reads of this dump failed "
			"(input/output error): what lies there is missing from "
			"what is said of it; copy the dump with ddrescue, or "
			"try another cable or reader",
			f->failed);
	else if (f->repeated)
		rom_report_note(dump->report, ROM_WARNING, NULL,
			f->first_repeated,
			"%" PRIu64 " reads of this dump failed (input/output "
			"error) and succeeded when repeated: the disk or its "
			"cable may be failing",
			f->repeated);
}

/* Analyzes dump and returns it in *ret; closes it on failure. */
static enum rom_status analyze_or_close(struct rom_dump *dump,
	const struct rom_dump_options *options, struct rom_dump **ret,
	struct rom_err *err)
{
	const struct rom_secrets *secrets = dump->secrets;
	struct rom_dump_options own = *options;
	enum rom_status st;

	/* whatever partition is wanted, a secret may have to open userdata
	 * first, which needs the verdict */
	if (secrets && (secrets->n || secrets->try_pins))
		own.table_only = false;
	st = rom_analyze(dump, &own, err);
	if (!st && options->progress && options->progress->stop)
		st = rom_fail(err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	if (!st && dump->unlocked.refused)
		st = rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET, "%s",
			dump->unlocked.why);
	if (st) {
		rom_dump_close(dump);
		return st;
	}
	note_faults(dump);
	note_unused_scatter(dump->report, &options->table);
	if (options->table.printed &&
		dump->report->table.kind != ROM_TABLE_PRINTED)
		rom_table_compare_printed(dump->report, options->table.printed,
			options->table.printed_name);
	*ret = dump;
	return ROM_OK;
}

enum rom_status rom_dump_open_image(struct rom_image *img,
	const struct rom_dump_options *options, struct rom_dump **ret,
	struct rom_err *err)
{
	*ret = NULL;
	return analyze_or_close(dump_new(img, options), options, ret, err);
}

static void name_container(struct rom_report *r, struct rom_image *img,
	const struct rom_container *found)
{
	ROM_AUTO char *text = rom_container_text(found, img->name);
	struct rom_claim *c;

	rom_table_bare(img, r);
	r->image_path = rom_strdup(img->name);
	r->image_size = img->size;
	c = rom_vec_add(&r->partitions.v[0].claims);
	c->format = found->format;
	rom_facts_text(&c->detail, "text", found->what);
	rom_facts_text(&c->detail, "convert", found->convert);
	r->userdata.verdict = ROM_VERDICT_ABSENT;
	r->userdata.access = ROM_ACCESS_NO;
	r->userdata.confidence = 1.0;
	r->userdata.summary = rom_format("this is no raw dump: it %s.", text);
}

struct rom_report *rom_report_container(const char *path, const char *command)
{
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	const struct rom_container *c;
	struct rom_report *r;
	struct rom_err err;

	if (rom_image_open_file(path, &img, &err))
		return NULL;
	c = rom_image_container(img);
	if (!c)
		return NULL;
	r = rom_report_new();
	fill_run(r, command);
	name_container(r, img, c);
	return r;
}

static void note_files(struct rom_report *r, const struct rom_opened *opened,
	const struct rom_open_options *given)
{
	if (opened->map && !given->map)
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"%s lies beside the dump and lists which parts of it "
			"were read: it is used",
			opened->map);
	if (opened->remark)
		rom_report_note(r, ROM_WARNING, NULL, ROM_NO_OFFSET, "%s",
			opened->remark);
	if (opened->vhd_footer)
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"this is a fixed VHD disk image: a raw dump with a "
			"footer of 512 bytes, which is left out");
	if (opened->gap)
		rom_report_note(
			r, ROM_DAMAGE, NULL, ROM_NO_OFFSET, "%s", opened->gap);
}

/* Whether a file that begins like an archive is a dump that something was
 * written over: one of its own backups counts from its first byte. An archive
 * that holds a filesystem or a medium has it further back, and another size. */
static bool has_own_backup(struct rom_image *img)
{
	struct rom_report *r;
	struct rom_err err;
	bool found;

	if (rom_fs_cache_would_open(img))
		return true;
	r = rom_report_new();
	found = !rom_table_read(
			img, &(struct rom_table_options){ 0 }, r, &err) &&
		r->table.kind == ROM_TABLE_GPT &&
		r->table.device_size == img->size;
	rom_report_free(r);
	return found;
}

/* The end of a medium, or a GPT header alone, goes to its place on the
 * medium. */
static void place_tail(struct rom_opened *opened, struct rom_dump *dump)
{
	struct rom_image *img = dump->img;
	struct rom_piece piece = { .img = img, .range.len = img->size };
	uint64_t size;

	if (opened->boot1 || opened->boot2 ||
		!rom_table_tail(img, &piece.range.offset, &size))
		return;
	dump->file_bytes = img->size;
	dump->img = rom_image_open_placed(&piece, 1, size, img->name);
	rom_image_close(img);
	rom_report_note(dump->report, ROM_INFO, NULL, ROM_NO_OFFSET,
		"this file begins at 0x%" PRIx64
		" of the phone's memory, by the GPT header in it: what lies "
		"before is not here; offsets count from the start of the "
		"memory",
		piece.range.offset);
}

/* ---- a folder ------------------------------------------------------------ */

/* Adds a boot area to parts; *size is its length. */
static enum rom_status add_boot_area(const char *path, struct rom_image *found,
	struct rom_image *parts[3], size_t *n, uint64_t *size,
	struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	if (path)
		st = rom_image_open_file(path, &parts[*n], err);
	else if (found)
		parts[*n] = rom_image_ref(found);
	if (st || !parts[*n])
		return st;
	*size = parts[*n]->size;
	++*n;
	return ROM_OK;
}

/* The image with its boot areas in front: those that the user named, else the
 * preloader of the folder. */
static enum rom_status join_folder(const struct rom_folder *folder,
	const struct rom_open_options *files, struct rom_table_options *table,
	struct rom_image **ret, struct rom_err *err)
{
	struct rom_image *parts[3] = { 0 };
	size_t n = 0;
	enum rom_status st = add_boot_area(
		files->boot1, folder->loader, parts, &n, &table->boot1, err);

	if (!st)
		st = add_boot_area(
			files->boot2, NULL, parts, &n, &table->boot2, err);
	if (!st) {
		parts[n++] = rom_image_ref(folder->img);
		*ret = n == 1 ? rom_image_ref(folder->img)
			      : rom_image_open_concat(
					parts, n, folder->img->name);
	}
	for (size_t i = 0; i < n; i++)
		rom_image_close(parts[i]);
	return st;
}

static enum rom_status open_folder(const struct rom_dump_options *options,
	struct rom_folder *folder, struct rom_dump **ret, struct rom_err *err)
{
	struct rom_dump_options own = *options;
	struct rom_image *img = NULL;
	const struct rom_note *n;
	struct rom_dump *dump;
	enum rom_status st =
		join_folder(folder, &options->files, &own.table, &img, err);

	if (st) {
		rom_secrets_free(options->secrets);
		return st;
	}
	own.table.rows = folder->rows.v;
	own.table.n_rows = folder->rows.n;
	own.table.progress = options->progress;
	dump = dump_new(img, &own);
	rom_image_close(img);
	dump->file_bytes = folder->bytes;
	dump->is_folder = true;
	if (folder->scatter_name) {
		dump->scatter = folder->scatter;
		folder->scatter = (struct rom_scatter){ 0 };
		own.table.scatter = &dump->scatter;
		own.table.scatter_name = folder->scatter_name;
	}
	rom_each (n, &folder->notes->notes)
		rom_report_note(dump->report, n->level, n->partition, n->offset,
			"%s", n->text);
	st = analyze_or_close(dump, &own, ret, err);
	if (!st)
		dump->report->complete &= !folder->lacks_part;
	return st;
}

static enum rom_status dump_open_folder(const struct rom_dump_options *options,
	struct rom_dump **ret, struct rom_err *err)
{
	struct rom_folder folder;
	enum rom_status st;

	*ret = NULL;
	if (options->files.map)
		st = rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: is a folder, and a map is for one file; put it "
			"beside that file as FILE.map",
			options->paths[0]);
	else
		st = rom_folder_open(
			options->paths[0], &options->table, &folder, err);
	if (st) {
		rom_secrets_free(options->secrets);
		return st;
	}
	st = open_folder(options, &folder, ret, err);
	rom_folder_done(&folder);
	return st;
}

enum rom_status rom_dump_open(const struct rom_dump_options *options,
	struct rom_dump **ret, struct rom_err *err)
{
	struct rom_dump_options own = *options;
	struct rom_opened opened;
	struct rom_dump *dump;
	enum rom_status st;

	if (options->n_paths == 1 && rom_folder_is(options->paths[0]))
		return dump_open_folder(options, ret, err);
	own.files.is_dump = has_own_backup;
	st = rom_image_open(
		options->paths, options->n_paths, &own.files, &opened, err);
	*ret = NULL;
	if (st) {
		rom_secrets_free(options->secrets);
		return st;
	}
	own.table.progress = options->progress;
	own.table.boot1 = opened.boot1;
	own.table.boot2 = opened.boot2;
	dump = dump_new(opened.img, &own);
	rom_image_close(opened.img);
	note_files(dump->report, &opened, &options->files);
	place_tail(&opened, dump);
	dump->opened = &opened;
	st = analyze_or_close(dump, &own, ret, err);
	if (!st) {
		dump->opened = NULL;
		dump->report->complete &= !opened.gap;
	}
	rom_opened_done(&opened);
	return st;
}
