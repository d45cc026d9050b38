/* SPDX-License-Identifier: MIT */
/* json_answers.c - the answers of the smaller commands as JSON */
#include <stdlib.h>

#include "json_priv.h"

static json_t *text(const char *s)
{
	ROM_AUTO char *shown = s ? rom_printable(s, strlen(s)) : NULL;

	return shown ? json_string(shown) : json_null();
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *range(bool has, struct rom_range r)
{
	json_t *o;

	if (!has)
		return json_null();
	o = rom_json_object();
	json_object_set_new(o, "start", number(r.offset));
	json_object_set_new(o, "size", number(r.len));
	return o;
}

static char *dump(json_t *o)
{
	char *out = json_dumps(o, JSON_INDENT(2));

	json_decref(o);
	return out;
}

/* ---- check --------------------------------------------------------------- */

char *rom_json_check(const struct rom_check *c)
{
	json_t *o = rom_json_object(), *rows = rom_json_array();
	const struct rom_check_row *row;

	rom_each (row, &c->rows) {
		json_t *item = rom_json_object();

		json_object_set_new(item, "name", text(row->name));
		json_object_set_new(item, "status",
			json_string(rom_check_status_name(row->status)));
		json_object_set_new(
			item, "scatter", range(row->has_scatter, row->scatter));
		json_object_set_new(
			item, "medium", range(row->has_medium, row->medium));
		json_object_set_new(item, "note", text(row->note));
		json_array_append_new(rows, item);
	}
	json_object_set_new(o, "accepted", json_boolean(c->accepted));
	json_object_set_new(o, "reason", text(c->reason));
	json_object_set_new(o, "rows", rows);
	return dump(o);
}

/* ---- fit ----------------------------------------------------------------- */

char *rom_json_fit(const struct rom_fit *fit, const char *partition)
{
	json_t *o = rom_json_object();

	json_object_set_new(o, "partition", text(partition));
	json_object_set_new(o, "size", number(fit->size));
	json_object_set_new(
		o, "room", fit->room ? number(fit->room) : json_null());
	json_object_set_new(o, "content", json_string(fit->format));
	json_object_set_new(o, "fits", json_boolean(fit->fits));
	json_object_set_new(o, "right_kind", json_boolean(fit->right_kind));
	json_object_set_new(o, "reason", text(fit->reason));
	return dump(o);
}

/* ---- readback ------------------------------------------------------------ */

static json_t *readback_row(
	const char *name, enum rom_region region, uint64_t start, json_t *size)
{
	json_t *o = json_object();

	json_object_set_new(o, "start", number(start));
	json_object_set_new(o, "size", size);
	json_object_set_new(o, "name", text(name));
	json_object_set_new(o, "region", json_string(rom_region_name(region)));
	return o;
}

/* All of the region. Where its size is not known, how far it goes at least. */
static json_t *readback_whole(const struct rom_report *r)
{
	uint64_t size = r->table.device_size;
	json_t *o = readback_row(
		NULL, r->table.region, 0, size ? number(size) : json_null());

	if (!size)
		json_object_set_new(
			o, "at_least", number(rom_report_known_size(r)));
	return o;
}

char *rom_json_readback(const struct rom_report *r)
{
	json_t *list = rom_json_array();
	const struct rom_partition *p;

	json_array_append_new(list, readback_whole(r));
	rom_each (p, &r->partitions) {
		uint64_t room = rom_report_room(r, p);

		if (p->name && !p->parent)
			json_array_append_new(list,
				readback_row(p->name, p->region,
					rom_partition_start(p),
					room ? number(room) : json_null()));
	}
	return dump(list);
}

/* ---- diff ---------------------------------------------------------------- */

static json_t *side(const struct rom_partition *p)
{
	char hex[2 * ROM_SHA256_LEN + 1] = "";
	json_t *o;

	if (!p)
		return json_null();
	o = range(true,
		(struct rom_range){ rom_partition_start(p), p->range.len });
	rom_hex(p->sha256, ROM_SHA256_LEN, hex);
	json_object_set_new(o, "content", json_string(rom_partition_format(p)));
	json_object_set_new(
		o, "sha256", p->has_sha256 ? json_string(hex) : json_null());
	return o;
}

char *rom_json_diff(const struct rom_diff *d)
{
	json_t *o = rom_json_object(), *rows = rom_json_array();
	const struct rom_diff_row *row;

	rom_each (row, &d->rows) {
		json_t *item = rom_json_object();
		const struct rom_partition *p = row->a ? row->a : row->b;

		json_object_set_new(item, "name", text(p->name));
		json_object_set_new(item, "status",
			json_string(rom_diff_status_name(row->status)));
		json_object_set_new(item, "a", side(row->a));
		json_object_set_new(item, "b", side(row->b));
		json_object_set_new(item, "blocks", number(row->blocks));
		json_object_set_new(item, "different", number(row->different));
		json_object_set_new(item, "first",
			row->first == ROM_NO_OFFSET ? json_null()
						    : number(row->first));
		json_array_append_new(rows, item);
	}
	json_object_set_new(o, "same", json_boolean(d->same));
	json_object_set_new(o, "rows", rows);
	return dump(o);
}

/* ---- explain ------------------------------------------------------------- */

static json_t *flash_error(const struct rom_flash_error *e)
{
	json_t *o = rom_json_object();

	json_object_set_new(o, "code", e->code ? number(e->code) : json_null());
	json_object_set_new(o, "name", text(e->name));
	json_object_set_new(o, "meaning", json_string(e->meaning));
	json_object_set_new(o, "remedy", json_string(e->remedy));
	return o;
}

char *rom_json_error(const struct rom_flash_error *e)
{
	return dump(flash_error(e));
}

static json_t *log_partitions(const struct rom_log_partition *v, size_t n)
{
	json_t *list = rom_json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = range(
			true, (struct rom_range){ v[i].offset, v[i].size });

		json_object_set_new(o, "name", text(v[i].name));
		json_object_set_new(o, "part", number(v[i].part));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *printed_rows(const struct rom_printed_table *t)
{
	json_t *list = rom_json_array();
	const struct rom_printed_row *row;

	rom_each (row, &t->rows) {
		json_t *o = rom_json_object();

		json_object_set_new(o, "name", text(row->name));
		json_object_set_new(o, "line", number(row->line));
		json_object_set_new(
			o, "region", json_string(rom_region_name(row->region)));
		json_object_set_new(o, "start",
			t->has_starts && !row->from_end ? number(row->start)
							: json_null());
		json_object_set_new(o, "size",
			row->has_size ? number(row->size) : json_null());
		json_array_append_new(list, o);
	}
	return list;
}

/* Tables that other tools, or the phone, have printed. */
static json_t *printed_tables(const struct rom_printed *p)
{
	json_t *list = rom_json_array();
	const struct rom_printed_table *t;

	rom_each (t, &p->tables) {
		json_t *o = rom_json_object();

		json_object_set_new(
			o, "kind", json_string(rom_printed_kind_name(t->kind)));
		json_object_set_new(o, "line", number(t->line));
		json_object_set_new(
			o, "unit", json_string(t->unit ? "bytes" : "sectors"));
		json_object_set_new(o, "sector_size",
			t->sector_size ? number(t->sector_size) : json_null());
		json_object_set_new(o, "device_size",
			t->device_size ? number(t->device_size) : json_null());
		json_object_set_new(o, "partitions", printed_rows(t));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *printed_problems(const struct rom_printed *p)
{
	json_t *list = rom_json_array();
	const struct rom_printed_problem *problem;

	rom_each (problem, &p->problems) {
		json_t *o = rom_json_object();

		json_object_set_new(o, "line", number(problem->line));
		json_object_set_new(o, "text", text(problem->text));
		json_array_append_new(list, o);
	}
	return list;
}

char *rom_json_log(const struct rom_log *log)
{
	json_t *o = rom_json_object(), *errors = rom_json_array();

	for (size_t i = 0; i < log->errors.n; i++) {
		json_t *e = flash_error(log->errors.v[i]);

		json_object_set_new(e, "line", number(log->lines.v[i]));
		json_array_append_new(errors, e);
	}
	json_object_set_new(o, "errors", errors);
	json_object_set_new(
		o, "partitions", log_partitions(log->phone.v, log->phone.n));
	json_object_set_new(
		o, "scatter", log_partitions(log->scatter.v, log->scatter.n));
	json_object_set_new(o, "tables", printed_tables(&log->printed));
	json_object_set_new(o, "problems", printed_problems(&log->printed));
	return dump(o);
}
