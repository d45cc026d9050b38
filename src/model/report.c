/* SPDX-License-Identifier: MIT */
/* report.c - the report, which owns everything known about a dump */
#include <stdarg.h>
#include <stdlib.h>

#include "romsplit/model.h"

const char *rom_verdict_name(enum rom_verdict_kind kind)
{
	static const char *const names[] = {
		[ROM_VERDICT_PLAIN] = "plain",
		[ROM_VERDICT_FBE] = "fbe",
		[ROM_VERDICT_FDE] = "fde",
		[ROM_VERDICT_FDE_INTERRUPTED] = "fde-interrupted",
		[ROM_VERDICT_METADATA] = "metadata",
		[ROM_VERDICT_ENCRYPTED_UNKNOWN] = "encrypted-unknown",
		[ROM_VERDICT_WIPED] = "wiped",
		[ROM_VERDICT_DAMAGED] = "damaged",
		[ROM_VERDICT_ABSENT] = "absent",
		[ROM_VERDICT_UNKNOWN] = "unknown",
	};

	return names[kind];
}

const char *rom_partition_label(const struct rom_partition *p)
{
	/* only rows of a table know how we know of them */
	if (!p->name)
		return p->source ? "-" : "image";
	return p->name;
}

const char *rom_region_name(enum rom_region region)
{
	static const char *const names[] = {
		[ROM_REGION_NONE] = "",
		[ROM_REGION_EMMC_USER] = "EMMC_USER",
		[ROM_REGION_EMMC_BOOT_1] = "EMMC_BOOT_1",
		[ROM_REGION_EMMC_BOOT_2] = "EMMC_BOOT_2",
		[ROM_REGION_EMMC_RPMB] = "EMMC_RPMB",
		[ROM_REGION_UFS_LU0] = "UFS_LU0",
		[ROM_REGION_UFS_LU1] = "UFS_LU1",
		[ROM_REGION_UFS_LU2] = "UFS_LU2",
	};

	return names[region];
}

const char *rom_vendor_name(enum rom_vendor vendor)
{
	static const char *const names[] = {
		[ROM_VENDOR_NONE] = NULL,
		[ROM_VENDOR_MEDIATEK] = "mediatek",
		[ROM_VENDOR_QUALCOMM] = "qualcomm",
		[ROM_VENDOR_OTHER] = "other",
	};

	return names[vendor];
}

const struct rom_claim *rom_partition_lead(const struct rom_partition *p)
{
	static const struct rom_claim unknown = { .format = "unknown" };

	return p->claims.n ? &p->claims.v[0] : &unknown;
}

const char *rom_partition_format(const struct rom_partition *p)
{
	return rom_partition_lead(p)->format;
}

const struct rom_claim *rom_partition_claim(
	const struct rom_partition *p, enum rom_usage usage)
{
	const struct rom_claim *c;

	rom_each (c, &p->claims) {
		if (c->usage == usage)
			return c;
	}
	return NULL;
}

bool rom_partition_has_format(const struct rom_partition *p)
{
	enum rom_usage usage = rom_partition_lead(p)->usage;

	return usage != ROM_USAGE_UNKNOWN && usage != ROM_USAGE_FILL &&
	       usage != ROM_USAGE_NOISE;
}

struct rom_report *rom_report_new(void)
{
	struct rom_report *r = rom_alloc(sizeof(*r));

	pthread_mutex_init(&r->notes_lock, NULL);
	r->table.kind = ROM_TABLE_NONE;
	r->userdata.verdict = ROM_VERDICT_ABSENT;
	r->userdata.access = ROM_ACCESS_NO;
	return r;
}

static void partition_done(struct rom_partition *p)
{
	free(p->name);
	free(p->parent);
	free(p->file);
	rom_vec_done(&p->extents);
	rom_claims_done(&p->claims);
}

static void platform_done(struct rom_platform *p)
{
	struct rom_chip_source *w;

	rom_each (w, &p->chip_sources) {
		free(w->where);
		free(w->value);
	}
	rom_vec_done(&p->chip_sources);
	free(p->chip);
	free(p->project);
	free(p->model);
	free(p->brand);
	free(p->android);
	free(p->patch);
}

static void userdata_done(struct rom_userdata *u)
{
	rom_facts_done(&u->detail);
	struct rom_evidence *e;

	rom_each (e, &u->evidence)
		free(e->text);
	rom_vec_done(&u->evidence);
	free(u->partition);
	free(u->summary);
}

static void media_done(struct rom_media *m)
{
	struct rom_storage *s;

	rom_each (s, &m->storages) {
		free(s->partition);
		free(s->folder);
	}
	rom_vec_done(&m->storages);
	free(m->source);
	free(m->newest);
}

void rom_report_free(struct rom_report *r)
{
	struct rom_partition *p;
	struct rom_note *n;

	if (!r)
		return;
	rom_each (p, &r->partitions)
		partition_done(p);
	rom_vec_done(&r->partitions);
	rom_each (n, &r->notes) {
		free(n->partition);
		free(n->text);
	}
	rom_vec_done(&r->notes);
	pthread_mutex_destroy(&r->notes_lock);
	platform_done(&r->platform);
	userdata_done(&r->userdata);
	media_done(&r->media);
	free(r->command);
	free(r->started);
	rom_facts_done(&r->libraries);
	free(r->image_path);
	free(r);
}

void rom_report_note(struct rom_report *r, enum rom_level level,
	const char *partition, uint64_t offset, const char *fmt, ...)
{
	char text[500];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&r->notes_lock);
	/* several threads of the pass and the extraction write notes */
	if (r->notes.n < ROM_MAX_NOTES)
		*rom_vec_add(&r->notes) = (struct rom_note){
			.level = level,
			.partition = rom_strdup(partition),
			.offset = offset,
			/* names from the dump may contain control characters,
			 * which must not reach a terminal */
			.text = rom_one_line(text),
		};
	else
		r->notes_dropped++;
	pthread_mutex_unlock(&r->notes_lock);
}

bool rom_report_has_note(const struct rom_report *r, const char *partition,
	uint64_t offset, const char *text)
{
	ROM_AUTO char *line = rom_one_line(text);
	const struct rom_note *n;

	rom_each (n, &r->notes) {
		if (n->offset == offset && !strcmp(n->text, line) &&
			!strcmp(n->partition ? n->partition : "",
				partition ? partition : ""))
			return true;
	}
	return false;
}

bool rom_report_damaged(const struct rom_report *r)
{
	const struct rom_note *n;

	rom_each (n, &r->notes) {
		if (n->level == ROM_DAMAGE)
			return true;
	}
	return false;
}

struct rom_partition *rom_report_find(struct rom_report *r, const char *name)
{
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (p->name && !strcmp(p->name, name))
			return p;
	}
	return NULL;
}

size_t rom_report_name_columns(const struct rom_report *r)
{
	const struct rom_partition *p;
	size_t columns = 16;

	rom_each (p, &r->partitions) {
		ROM_AUTO char *name =
			p->name ? rom_printable(p->name, strlen(p->name))
				: NULL;

		if (name)
			columns = rom_max(columns, rom_columns(name));
	}
	return columns;
}

bool rom_partition_is_asked(const struct rom_partition *p, const char *asked)
{
	const char *slash = p->parent && p->name ? strrchr(p->name, '/') : NULL;

	return p->name && (!strcmp(p->name, asked) ||
				  (slash && !strcmp(slash + 1, asked)));
}

struct rom_partition *rom_report_asked(struct rom_report *r, const char *asked)
{
	struct rom_partition *p = rom_report_find(r, asked);

	if (p)
		return p;
	rom_each (p, &r->partitions) {
		if (rom_partition_is_asked(p, asked))
			return p;
	}
	return NULL;
}

uint64_t rom_report_known_size(const struct rom_report *r)
{
	const struct rom_partition *p;
	uint64_t size = 0;

	rom_each (p, &r->partitions) {
		if (!p->parent && p->region == r->table.region)
			size = rom_max(
				size, rom_partition_start(p) + p->range.len);
	}
	return size;
}

/* Where the next partition begins; UINT64_MAX: p is the last. */
static uint64_t next_start(
	const struct rom_report *r, const struct rom_partition *p)
{
	const struct rom_partition *other;
	uint64_t next = UINT64_MAX;

	rom_each (other, &r->partitions) {
		if (other->name && !other->parent &&
			other->range.offset > p->range.offset)
			next = rom_min(next, other->range.offset);
	}
	return next;
}

uint64_t rom_report_room(
	const struct rom_report *r, const struct rom_partition *p)
{
	bool filesystem =
		p->claims.n && p->claims.v[0].usage == ROM_USAGE_FILESYSTEM;
	uint64_t next;

	/* of a folder without a table, only the file has a size */
	if (p->open_end || (r->table.kind == ROM_TABLE_FOLDER && !p->parent))
		return 0;
	if (p->source != ROM_SOURCE_SIGNATURES || p->parent)
		return p->range.len;
	next = next_start(r, p);
	if (next != UINT64_MAX)
		return next - p->range.offset;
	/* a filesystem is made for its partition */
	return filesystem ? p->range.len : 0;
}

void rom_content_counts_add(
	struct rom_content_counts *to, const struct rom_content_counts *n)
{
	to->pictures += n->pictures;
	to->videos += n->videos;
	to->damaged_pictures += n->damaged_pictures;
	to->damaged_videos += n->damaged_videos;
	to->empty += n->empty;
	to->zeros += n->zeros;
	to->ones += n->ones;
	to->ecryptfs += n->ecryptfs;
	to->from_chain += n->from_chain;
}
