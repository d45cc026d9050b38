/* SPDX-License-Identifier: MIT */
/* report_text.c - the report as text */
#include <inttypes.h>
#include <stdlib.h>

#include "names.h"
#include "romsplit/render.h"

struct style {
	const char *bold, *good, *bad, *off;
};

static const struct style plain = { "", "", "", "" };
static const struct style colored = { "\033[1m", "\033[1;32m", "\033[1;31m",
	"\033[0m" };

static const char *or_unknown(const char *s)
{
	return s ? s : "unknown";
}

static void print_image(
	const struct rom_report *r, const struct style *s, FILE *out)
{
	uint64_t here = r->image_size - (r->user_offset - r->boot_size),
		 device = r->table.device_size;
	ROM_AUTO char *path =
		rom_printable(r->image_path, strlen(r->image_path));
	char human[32];

	fprintf(out, "%s%s%s: %" PRIu64 " bytes (%s)%s\n", s->bold, path,
		s->off, r->image_size,
		rom_human(r->image_size, human, sizeof(human)),
		!device	      ? ""
		: r->complete ? ", complete"
			      : ", incomplete");
	if (here >= device || r->complete)
		return;
	fprintf(out,
		"  the phone's memory has 0x%" PRIX64 " bytes (%s); 0x%" PRIX64
		" are missing here.\n",
		device, rom_human(device, human, sizeof(human)), device - here);
	fprintf(out,
		"  For a full readback in SP Flash Tool: region %s, start 0x0, "
		"length 0x%" PRIX64 "\n",
		rom_region_name(r->table.region), device);
}

static void print_platform(const struct rom_report *r, bool verbose, FILE *out)
{
	const struct rom_platform *p = &r->platform;
	const struct rom_chip_source *w;

	if (!p->chip && !p->model && !p->android)
		fprintf(out,
			"Phone   unknown: nothing in this dump names it\n");
	else
		fprintf(out,
			"Phone   %s%s%s, chip %s, project %s, Android "
			"%s%s%s%s\n",
			p->brand ? p->brand : "", p->brand ? " " : "",
			p->model ? p->model : "model unknown",
			or_unknown(p->chip), or_unknown(p->project),
			or_unknown(p->android),
			p->patch ? " (security patch " : "",
			p->patch ? p->patch : "", p->patch ? ")" : "");
	if (p->chip_given)
		fprintf(out, "        the chip was given with --platform\n");
	rom_each (w, &p->chip_sources) {
		if (w != p->chip_sources.v && !verbose &&
			!strcmp(w->value, p->chip))
			continue;
		fprintf(out, "        %s: %s%s\n", w->where, w->value,
			w == p->chip_sources.v && !p->chip_given ? " (used)"
								 : "");
	}
}

static const char *vendor_text(enum rom_vendor vendor)
{
	return vendor == ROM_VENDOR_MEDIATEK   ? ", MediaTek"
	       : vendor == ROM_VENDOR_QUALCOMM ? ", Qualcomm"
					       : "";
}

static const char *table_name(const struct rom_report *r)
{
	static const struct {
		enum rom_table_kind kind;
		enum rom_table_source source;
		const char *text;
	} names[] = {
		{ ROM_TABLE_GPT, ROM_SOURCE_PRIMARY, "GPT (primary copy)" },
		{ ROM_TABLE_GPT, ROM_SOURCE_BACKUP, "GPT (backup copy)" },
		{ ROM_TABLE_GPT, ROM_SOURCE_MERGED,
			"GPT (merged from both damaged copies)" },
		{ ROM_TABLE_PMT, ROM_SOURCE_PMT, "PMT" },
		{ ROM_TABLE_PMT, ROM_SOURCE_MIRROR, "PMT (mirror copy)" },
		{ ROM_TABLE_MBR, ROM_SOURCE_MBR_CHAIN, "MBR and EBR" },
		{ ROM_TABLE_EPT, ROM_SOURCE_PRIMARY, "EPT (Amlogic)" },
		{ ROM_TABLE_ROCKCHIP, ROM_SOURCE_PRIMARY,
			"parameter file (Rockchip)" },
		{ ROM_TABLE_SCATTER, ROM_SOURCE_FILE,
			"none on the medium, taken from the scatter file" },
		{ ROM_TABLE_PRINTED, ROM_SOURCE_PRINTED,
			"none on the medium, taken from the printed table" },
		{ ROM_TABLE_SCAN, ROM_SOURCE_SIGNATURES,
			"none left; partitions found by their content" },
		{ ROM_TABLE_FOLDER, ROM_SOURCE_FILE,
			"none; each partition is a file of the folder" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].kind == r->table.kind &&
			names[i].source == r->table.source)
			return names[i].text;
	}
	return rom_table_kind_name(r->table.kind);
}

static void print_table(const struct rom_report *r, FILE *out)
{
	size_t n = 0, incomplete = 0;
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (!p->name || p->is_table || p->parent)
			continue;
		n++;
		incomplete += p->state != ROM_COMPLETE;
	}
	if (r->table.kind == ROM_TABLE_NONE)
		fprintf(out, "Table   none: treated as a single partition\n");
	else
		fprintf(out, "Table   %s%s, %zu partitions%s%zu%s\n",
			table_name(r), vendor_text(r->table.vendor), n,
			incomplete ? ", of which " : ", ",
			incomplete ? incomplete : n,
			incomplete ? " are not completely in this dump"
				   : " of them complete");
}

static void print_facts(const struct rom_facts *f, FILE *out)
{
	const struct rom_fact *fact;

	rom_each (fact, &f->list) {
		if (fact->kind == ROM_FACT_TEXT)
			fprintf(out, " %s=%s", fact->key, fact->text);
		else if (fact->kind == ROM_FACT_NUMBER)
			fprintf(out, " %s=%" PRIu64, fact->key, fact->number);
		for (size_t i = 0; i < fact->n_items; i++) {
			fprintf(out, " [");
			print_facts(&fact->items[i], out);
			fprintf(out, " ]");
		}
	}
}

/* True when a statement about all bytes rests on a sample of them. */
static bool is_sampled(const struct rom_partition *p)
{
	enum rom_usage usage = rom_partition_lead(p)->usage;

	return p->has_stats && !p->stats.whole &&
	       (usage == ROM_USAGE_FILL || usage == ROM_USAGE_NOISE);
}

/* A remark for a row in another region, or from another source than the rest of
 * the table. Freed by the caller. */
static char *row_remark(
	const struct rom_report *r, const struct rom_partition *p)
{
	static const struct {
		enum rom_table_source source;
		const char *text;
	} origins[] = {
		{ ROM_SOURCE_FILE, "  (by the scatter file)" },
		{ ROM_SOURCE_PRINTED, "  (by the printed table)" },
		{ ROM_SOURCE_SIGNATURES, "  (found by its content)" },
		{ ROM_SOURCE_SEQUENCE, "  (by the usual order)" },
		{ ROM_SOURCE_BACKUP, "  (from the backup)" },
		{ ROM_SOURCE_PRIMARY, "  (from the primary)" },
	};

	if (p->region != r->table.region)
		return rom_format("  (%s)", rom_region_name(p->region));
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins) &&
			   p->source && !p->parent;
		i++) {
		if (origins[i].source == p->source &&
			p->source != r->table.source && p->name)
			return rom_strdup(origins[i].text);
	}
	return rom_strdup("");
}

static void print_row(const struct rom_report *r, const struct rom_partition *p,
	size_t columns, bool verbose, FILE *out)
{
	static const char *const states[] = { "", "  PARTIAL", "  missing" };
	const char *label = rom_partition_label(p);
	ROM_AUTO char *name = rom_printable(label, strlen(label));
	ROM_AUTO char *mark = row_remark(r, p);
	char human[32] = "", start[32], size[32] = "to the end";

	if (r->table.kind == ROM_TABLE_FOLDER)
		snprintf(start, sizeof(start), "not known");
	else
		snprintf(start, sizeof(start), "0x%" PRIx64,
			rom_partition_start(p));
	if (!p->open_end) {
		snprintf(size, sizeof(size), "%" PRIu64, p->range.len);
		rom_human(p->range.len, human, sizeof(human));
	}
	fprintf(out, "  %-*s %-13s %14s  %-10s %s%s%s%s\n",
		rom_field(name, columns), name,
		p->extents.n > 1 ? "in extents" : start, size, human,
		p->state == ROM_MISSING ? "-" : rom_partition_format(p),
		is_sampled(p) ? " (sampled)" : "", states[p->state], mark);
	if (!verbose || !p->claims.n || !p->claims.v[0].detail.list.n)
		return;
	fprintf(out, "                  ");
	print_facts(&p->claims.v[0].detail, out);
	fprintf(out, "\n");
}

static void print_partitions(
	const struct rom_report *r, bool verbose, FILE *out)
{
	const struct rom_partition *p;
	size_t columns = rom_report_name_columns(r);

	fprintf(out, "\n  %-*s %-13s %14s  %-10s %s\n", (int)columns, "Name",
		"Start", "Bytes", "", "Content");
	rom_each (p, &r->partitions)
		print_row(r, p, columns, verbose, out);
}

static void print_verdict(
	const struct rom_report *r, const struct style *s, FILE *out)
{
	const struct rom_userdata *u = &r->userdata;
	const struct rom_evidence *e;
	bool good = u->verdict == ROM_VERDICT_PLAIN;

	fprintf(out, "\n%s%s%s\n", good ? s->good : s->bad, u->summary, s->off);
	rom_each (e, &u->evidence) {
		fprintf(out, "  - %s", e->text);
		if (rom_report_offset(r, e->offset) != ROM_NO_OFFSET)
			fprintf(out, " (offset 0x%" PRIx64 " of the dump)",
				rom_report_offset(r, e->offset));
		fprintf(out, "\n");
	}
	if (u->grade)
		fprintf(out, "  (%s, confidence %.2f)\n",
			rom_verdict_grade_name(u->grade), u->confidence);
}

/* A note about the missing end of the dump repeats what print_image printed. */
static bool is_printed_above(
	const struct rom_report *r, const struct rom_note *n)
{
	return rom_report_offset(r, n->offset) == r->image_size &&
	       n->level != ROM_WARNING && !n->partition;
}

static void print_note(const struct rom_report *r, const struct rom_note *n,
	size_t more, const struct style *s, FILE *out)
{
	static const char *const levels[] = { "Note", "Warning", "Damage" };
	ROM_AUTO char *partition =
		n->partition ? rom_one_line(n->partition) : NULL;

	fprintf(out, "%s%s%s: %s%s%s",
		n->level == ROM_DAMAGE ? s->bad : s->bold, levels[n->level],
		s->off, partition ? partition : "", partition ? ": " : "",
		n->text);
	if (rom_report_offset(r, n->offset) != ROM_NO_OFFSET)
		fprintf(out, " (offset 0x%" PRIx64 ")",
			rom_report_offset(r, n->offset));
	fprintf(out, "\n");
	if (more)
		fprintf(out, "        ... and %zu more of this kind%s\n", more,
			r->media.done ? " in report.json; manifest.jsonl lists "
					"every file"
				      : "; -v or --json lists all");
}

static void print_notes(const struct rom_report *r, const struct style *s,
	bool verbose, FILE *out)
{
	rom_shown_notes shown = { 0 };
	const struct rom_shown_note *n;
	bool first = true;

	rom_notes_shorten(r, verbose, &shown);
	rom_each (n, &shown) {
		if (is_printed_above(r, n->note))
			continue;
		fprintf(out, "%s", first ? "\n" : "");
		first = false;
		print_note(r, n->note, n->more, s, out);
	}
	rom_vec_done(&shown);
	if (r->notes_dropped)
		fprintf(out, "... and %zu more notes\n", r->notes_dropped);
}

void rom_text_report(
	const struct rom_report *r, bool color, bool verbose, FILE *out)
{
	const struct style *s = color ? &colored : &plain;

	print_image(r, s, out);
	print_platform(r, verbose, out);
	print_table(r, out);
	print_partitions(r, verbose, out);
	print_verdict(r, s, out);
	print_notes(r, s, verbose, out);
}

static void print_identity(const struct rom_report *r, FILE *out)
{
	const struct rom_partition *p;
	size_t n = 0;

	rom_each (p, &r->partitions) {
		if (!p->name || !p->file || !rom_is_identity(p->name))
			continue;
		fprintf(out, "%s%s", n++ ? ", " : "\nTechnicians: ", p->name);
	}
	if (n)
		fprintf(out,
			" belong%s to this phone alone (IMEI, calibration); "
			"never flash %s to another phone.\n",
			n == 1 ? "s" : "", n == 1 ? "it" : "them");
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* How many files come from which storage, unless all come from the one that the
 * line above names. */
static void print_storages(
	const struct rom_media *m, const char *folder, FILE *out)
{
	const struct rom_storage *s;

	rom_each (s, &m->storages) {
		if (s->files == m->files && !*s->folder)
			continue;
		fprintf(out,
			"        %" PRIu64
			" of them are from the internal storage, partition %s: "
			"%s/media%s%s\n",
			s->files, s->partition, folder, *s->folder ? "/" : "",
			s->folder);
	}
}

/* Distinguishes a photo that lacks some bytes, which may still show most of its
 * picture, from one that could not be read at all. */
static void print_damaged(const struct rom_media *m, FILE *out)
{
	if (m->damaged)
		fprintf(out,
			"        %" PRIu64 " are damaged: %" PRIu64
			" in part, %" PRIu64
			" could not be read at all; manifest.jsonl lists the "
			"damage\n",
			m->damaged, m->damaged - m->unreadable, m->unreadable);
}

static void print_count(
	const char *indent, uint64_t n, const char *what, FILE *out)
{
	if (n)
		fprintf(out, "%s%" PRIu64 " %s %s\n", indent, n,
			n == 1 ? "file" : "files", what);
}

void rom_text_contents(
	const struct rom_content_counts *n, const char *indent, FILE *out)
{
	if (n->damaged_pictures || n->damaged_videos)
		fprintf(out,
			"%scut short or damaged inside: %" PRIu64
			" of the pictures, %" PRIu64 " of the videos\n",
			indent, n->damaged_pictures, n->damaged_videos);
	print_count(indent, n->ecryptfs,
		"encrypted one by one (eCryptfs, Samsung/older Android): saved "
		"as they are, no program shows them without the key",
		out);
	print_count(indent, n->empty, "empty", out);
	print_count(indent, n->zeros, "with nothing but zeros", out);
	print_count(indent, n->ones, "with nothing but FF", out);
	print_count(indent, n->from_chain,
		"with a length from the chain of clusters: the directory "
		"entry states less",
		out);
}

static const struct rom_partition *preloader_of(const struct rom_report *r)
{
	const struct rom_partition *p =
		rom_report_find((struct rom_report *)(uintptr_t)r, "preloader");

	return p && rom_partition_claim(p, ROM_USAGE_LOADER) ? p : NULL;
}

void rom_text_preloader(const struct rom_report *r, FILE *out)
{
	const struct rom_partition *p = preloader_of(r);

	if ((p && p->file) || r->table.vendor != ROM_VENDOR_MEDIATEK ||
		r->table.kind == ROM_TABLE_FOLDER)
		return;
	fprintf(out,
		"        the preloader is not %s: its row in the scatter file "
		"has no file here. Leave it unticked\n"
		"        (else SP Flash Tool stops with 5007), or %s\n",
		p ? "among them" : "in EMMC_USER",
		p ? "cut it too, with -p preloader"
		  : "read back EMMC_BOOT_1 and give it with --boot1");
}

void rom_text_saved(const struct rom_report *r, const char *folder, FILE *out)
{
	const struct rom_media *m = &r->media;
	const struct rom_partition *p;
	ROM_AUTO char *quoted = rom_shell_word(folder);
	char human[32], date[32];
	size_t files = 0;

	rom_each (p, &r->partitions)
		files += p->file != NULL;
	fprintf(out, "\n");
	if (m->done) {
		bool from_data = strcmp(m->source, "/") != 0;

		fprintf(out,
			"Saved   %" PRIu64
			" file%s (%s) from %s%s in %s/media: %" PRIu64
			" picture%s, %" PRIu64 " video%s\n",
			m->files, plural(m->files),
			rom_human(m->bytes, human, sizeof(human)),
			from_data ? "/data" : "the internal storage",
			from_data ? m->source : "", folder,
			m->contents.pictures, plural(m->contents.pictures),
			m->contents.videos, plural(m->contents.videos));
		rom_text_contents(&m->contents, "        ", out);
		print_storages(m, folder, out);
		if (m->newest) {
			ROM_AUTO char *newest =
				rom_printable(m->newest, strlen(m->newest));

			fprintf(out, "        the newest is from %s UTC: %s\n",
				rom_utc(m->newest_time, date, sizeof(date)),
				newest);
		}
		print_damaged(m, out);
	}
	fprintf(out, "%s %zu partition file%s in %s/rom\n",
		m->done ? "       " : "Saved  ", files, plural(files), folder);
	rom_text_preloader(r, out);
	fprintf(out,
		"        report.json, manifest.jsonl and SHA256SUMS are beside "
		"them; romsplit verify %s checks everything\n",
		quoted);
	print_identity(r, out);
}
