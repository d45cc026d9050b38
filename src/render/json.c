/* SPDX-License-Identifier: MIT */
/* json.c - the report as JSON; its keys are a contract, docs/report.schema.json
 * describes them */
#include <math.h>

#include "json_priv.h"
#include "names.h"

#define SCHEMA 1

static json_t *text(const char *s)
{
	ROM_AUTO char *shown = NULL;

	if (!s)
		return json_null();
	if (rom_is_utf8(s, strlen(s)))
		return json_string(s);
	shown = rom_printable(s, strlen(s));
	return json_string(shown);
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *number_or_null(uint64_t n)
{
	return n ? number(n) : json_null();
}

static json_t *offset(const struct rom_report *r, uint64_t offset)
{
	uint64_t in_dump = rom_report_offset(r, offset);

	return in_dump == ROM_NO_OFFSET ? json_null() : number(in_dump);
}

static json_t *digest_or_null(const uint8_t *sha256, bool has)
{
	char hex[2 * ROM_SHA256_LEN + 1];

	if (!has)
		return json_null();
	rom_hex(sha256, ROM_SHA256_LEN, hex);
	return json_string(hex);
}

static json_t *facts(const struct rom_facts *f)
{
	json_t *o = rom_json_object();
	const struct rom_fact *fact;

	rom_each (fact, &f->list) {
		json_t *list;

		if (fact->kind == ROM_FACT_TEXT) {
			json_object_set_new(o, fact->key, text(fact->text));
		} else if (fact->kind == ROM_FACT_NUMBER) {
			json_object_set_new(o, fact->key, number(fact->number));
		} else {
			list = rom_json_array();
			for (size_t i = 0; i < fact->n_items; i++)
				json_array_append_new(
					list, facts(&fact->items[i]));
			json_object_set_new(o, fact->key, list);
		}
	}
	return o;
}

static json_t *claims(const rom_claims *c)
{
	json_t *list = rom_json_array();
	const struct rom_claim *claim;

	rom_each (claim, c)
		json_array_append_new(
			list, json_pack("{s:s,s:i}", "content", claim->format,
				      "bits", (int)claim->bits));
	return list;
}

/* Offsets are relative to the region. An extent of zeros (device mapper's
 * "zero" target) is stored nowhere: its start is null. */
static json_t *extents(
	const struct rom_report *r, const struct rom_partition *p)
{
	json_t *list = p->extents.n ? rom_json_array() : json_null();
	const struct rom_range *e;

	rom_each (e, &p->extents) {
		json_t *o = rom_json_object();

		json_object_set_new(o, "start",
			e->offset == ROM_NO_OFFSET ||
					r->table.kind == ROM_TABLE_FOLDER
				? json_null()
				: number(e->offset - p->base));
		json_object_set_new(o, "size", number(e->len));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *partition(
	const struct rom_report *r, const struct rom_partition *p)
{
	static const char *const states[] = { "complete", "partial",
		"missing" };
	const struct rom_claim *lead = p->claims.n ? &p->claims.v[0] : NULL;
	json_t *o = rom_json_object();

	json_object_set_new(o, "name", text(p->name));
	json_object_set_new(o, "start",
		p->extents.n > 1 || r->table.kind == ROM_TABLE_FOLDER
			? json_null()
			: number(rom_partition_start(p)));
	json_object_set_new(
		o, "size", p->open_end ? json_null() : number(p->range.len));
	json_object_set_new(
		o, "region", json_string(rom_region_name(p->region)));
	json_object_set_new(o, "state", json_string(states[p->state]));
	json_object_set_new(o, "present", number(p->present));
	json_object_set_new(o, "content", json_string(rom_partition_format(p)));
	json_object_set_new(
		o, "detail", lead ? facts(&lead->detail) : rom_json_object());
	json_object_set_new(
		o, "used", lead ? number_or_null(lead->used) : json_null());
	json_object_set_new(o, "claims", claims(&p->claims));
	json_object_set_new(o, "entropy",
		p->has_stats ? json_real(round(p->stats.entropy * 1e4) / 1e4)
			     : json_null());
	json_object_set_new(o, "file", text(p->file));
	json_object_set_new(
		o, "sha256", digest_or_null(p->sha256, p->has_sha256));
	json_object_set_new(
		o, "source", text(rom_table_source_name(p->source)));
	json_object_set_new(o, "parent", text(p->parent));
	json_object_set_new(o, "unread", number(p->unread));
	json_object_set_new(o, "extents", extents(r, p));
	return o;
}

static json_t *partitions(const struct rom_report *r)
{
	json_t *list = rom_json_array();
	const struct rom_partition *p;

	rom_each (p, &r->partitions)
		json_array_append_new(list, partition(r, p));
	return list;
}

static json_t *platform(const struct rom_report *r)
{
	const struct rom_platform *p = &r->platform;
	json_t *o = rom_json_object(), *list = rom_json_array();
	const struct rom_chip_source *w;

	rom_each (w, &p->chip_sources) {
		json_t *item = rom_json_object();

		json_object_set_new(item, "where", text(w->where));
		json_object_set_new(item, "says", text(w->value));
		json_object_set_new(item, "trust", json_integer(w->priority));
		json_object_set_new(item, "offset", offset(r, w->offset));
		json_array_append_new(list, item);
	}
	json_object_set_new(o, "chip", text(p->chip));
	json_object_set_new(o, "project", text(p->project));
	json_object_set_new(o, "brand", text(p->brand));
	json_object_set_new(o, "model", text(p->model));
	json_object_set_new(o, "android", text(p->android));
	json_object_set_new(o, "security_patch", text(p->patch));
	json_object_set_new(o, "witnesses", list);
	return o;
}

static json_t *userdata(const struct rom_report *r)
{
	const struct rom_userdata *u = &r->userdata;
	json_t *o = rom_json_object(), *list = rom_json_array();
	const struct rom_evidence *e;

	rom_each (e, &u->evidence) {
		json_t *item = rom_json_object();

		json_object_set_new(item, "offset", offset(r, e->offset));
		json_object_set_new(item, "text", text(e->text));
		json_array_append_new(list, item);
	}
	json_object_set_new(o, "partition", text(u->partition));
	json_object_set_new(o, "filesystem", text(u->filesystem));
	json_object_set_new(
		o, "verdict", json_string(rom_verdict_name(u->verdict)));
	json_object_set_new(o, "grade", text(rom_verdict_grade_name(u->grade)));
	json_object_set_new(o, "confidence", json_real(u->confidence));
	json_object_set_new(o, "sentence", text(u->summary));
	json_object_set_new(o, "evidence", list);
	json_object_set_new(
		o, "openable", json_string(rom_access_name(u->access)));
	json_object_set_new(o, "detail", facts(&u->detail));
	return o;
}

static json_t *storages(const struct rom_media *m)
{
	json_t *list = rom_json_array();
	const struct rom_storage *s;

	rom_each (s, &m->storages) {
		json_t *o = rom_json_object();

		json_object_set_new(o, "partition", text(s->partition));
		json_object_set_new(o, "folder", text(s->folder));
		json_object_set_new(o, "files", number(s->files));
		json_object_set_new(o, "bytes", number(s->bytes));
		json_array_append_new(list, o);
	}
	return list;
}

static void set_contents(json_t *o, const struct rom_content_counts *n)
{
	json_object_set_new(o, "pictures", number(n->pictures));
	json_object_set_new(o, "videos", number(n->videos));
	json_object_set_new(o, "damaged_pictures", number(n->damaged_pictures));
	json_object_set_new(o, "damaged_videos", number(n->damaged_videos));
	json_object_set_new(o, "empty", number(n->empty));
	json_object_set_new(o, "zeros", number(n->zeros));
	json_object_set_new(o, "ones", number(n->ones));
	json_object_set_new(o, "ecryptfs", number(n->ecryptfs));
	json_object_set_new(o, "length_from_chain", number(n->from_chain));
}

static json_t *media(const struct rom_media *m)
{
	json_t *o;

	if (!m->done)
		return json_null();
	o = rom_json_object();
	json_object_set_new(o, "source", text(m->source));
	json_object_set_new(o, "files", number(m->files));
	json_object_set_new(o, "bytes", number(m->bytes));
	json_object_set_new(o, "damaged", number(m->damaged));
	json_object_set_new(o, "unreadable", number(m->unreadable));
	set_contents(o, &m->contents);
	json_object_set_new(o, "newest", text(m->newest));
	json_object_set_new(o, "storages", storages(m));
	json_object_set_new(o, "newest_time",
		m->newest ? json_integer(m->newest_time) : json_null());
	return o;
}

static json_t *notes(const struct rom_report *r)
{
	static const char *const levels[] = { "info", "warning", "damage" };
	json_t *list = rom_json_array();
	const struct rom_note *n;

	rom_each (n, &r->notes) {
		json_t *item = rom_json_object();

		json_object_set_new(
			item, "level", json_string(levels[n->level]));
		json_object_set_new(item, "partition", text(n->partition));
		json_object_set_new(item, "offset", offset(r, n->offset));
		json_object_set_new(item, "text", text(n->text));
		json_array_append_new(list, item);
	}
	return list;
}

/* A path that is not UTF-8 is shown with escapes, which cannot be used to open
 * it: its bytes are added in hex. */
static void set_path(json_t *o, const char *path)
{
	size_t n = strlen(path);
	ROM_AUTO char *hex = rom_alloc(2 * n + 1);

	json_object_set_new(o, "path", text(path));
	if (rom_is_utf8(path, n))
		return;
	rom_hex((const uint8_t *)path, n, hex);
	json_object_set_new(o, "path_hex", json_string(hex));
}

static json_t *image(const struct rom_report *r)
{
	json_t *o = rom_json_object();

	set_path(o, r->image_path);
	json_object_set_new(o, "size", number(r->image_size));
	json_object_set_new(
		o, "device_size", number_or_null(r->table.device_size));
	json_object_set_new(o, "complete", json_boolean(r->complete));
	json_object_set_new(
		o, "sha256", digest_or_null(r->sha256, r->has_sha256));
	return o;
}

static json_t *table(const struct rom_table *t)
{
	json_t *o = rom_json_object();

	json_object_set_new(
		o, "kind", json_string(rom_table_kind_name(t->kind)));
	json_object_set_new(
		o, "source", text(rom_table_source_name(t->source)));
	json_object_set_new(o, "sector_size", number_or_null(t->sector_size));
	json_object_set_new(o, "vendor", text(rom_vendor_name(t->vendor)));
	return o;
}

static json_t *run(const struct rom_report *r)
{
	json_t *o = rom_json_object();

	json_object_set_new(o, "command", text(r->command));
	json_object_set_new(o, "started", text(r->started));
	json_object_set_new(o, "libraries", facts(&r->libraries));
	return o;
}

char *rom_json_report(const struct rom_report *r)
{
	json_t *o = rom_json_object();
	char *out;

	json_object_set_new(o, "schema", json_integer(SCHEMA));
	json_object_set_new(o, "romsplit", json_string(ROM_VERSION));
	json_object_set_new(o, "run", run(r));
	json_object_set_new(o, "image", image(r));
	json_object_set_new(o, "table", table(&r->table));
	json_object_set_new(o, "platform", platform(r));
	json_object_set_new(o, "partitions", partitions(r));
	json_object_set_new(o, "userdata", userdata(r));
	json_object_set_new(o, "media", media(&r->media));
	json_object_set_new(o, "notes", notes(r));
	json_object_set_new(o, "notes_dropped", number(r->notes_dropped));
	if (r->checksums)
		json_object_set_new(o, "checksums", number(r->checksums));
	out = json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	return out;
}

/* NULL: not told. Freed by the caller. */
static char *path_of(const json_t *img)
{
	const char *name = json_string_value(json_object_get(img, "path"));
	const char *hex = json_string_value(json_object_get(img, "path_hex"));
	size_t n = hex ? strlen(hex) / 2 : 0;
	ROM_AUTO char *bytes = rom_alloc(n + 1);

	if (n && strlen(hex) == 2 * n && rom_unhex(hex, (uint8_t *)bytes, n))
		return ROM_TAKE(bytes);
	return name ? rom_strdup(name) : NULL;
}

void rom_json_saved(const char *text, size_t len, struct rom_json_saved *ret)
{
	json_t *o = rom_json_load(text, len),
	       *img = json_object_get(o, "image"),
	       *size = json_object_get(img, "size"),
	       *lines = json_object_get(o, "checksums");
	const char *sha256 = json_string_value(json_object_get(img, "sha256"));

	*ret = (struct rom_json_saved){
		.image_path = path_of(img),
		.has_size = json_is_integer(size),
		.has_checksums = json_is_integer(lines),
		.image_size = (uint64_t)json_integer_value(size),
		.checksums = (uint64_t)json_integer_value(lines),
	};
	ret->has_sha256 =
		sha256 && rom_unhex(sha256, ret->sha256, ROM_SHA256_LEN);
	json_decref(o);
}

void rom_json_saved_done(struct rom_json_saved *saved)
{
	rom_freep(&saved->image_path);
}

const char *rom_json_library(void)
{
	return JANSSON_VERSION;
}
