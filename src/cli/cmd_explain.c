/* SPDX-License-Identifier: MIT */
/* cmd_explain.c - romsplit explain CODE|LOG [IMAGE]: errors, logs, and tables
 * that tools and phones print */
#include <inttypes.h>

#include "cli.h"
#include "romsplit/os.h"

static void print_error(const struct rom_flash_error *e)
{
	if (!e->code)
		printf("%s: %s\n", e->name, e->meaning);
	else
		printf(e->code >> 16 ? "0x%" PRIX32 "%s%s: %s\n"
				     : "%" PRIu32 "%s%s: %s\n",
			e->code, e->name ? " " : "", e->name ? e->name : "",
			e->meaning);
	printf("  what usually helps: %s\n", e->remedy);
}

static int explain_code(struct cli *cli, const struct rom_flash_error *e)
{
	ROM_AUTO char *json = cli->json ? rom_json_error(e) : NULL;

	if (json)
		puts(json);
	else
		print_error(e);
	return EXIT_DONE;
}

/* ---- logs ---------------------------------------------------------------- */

static void print_list(
	const char *title, const struct rom_log_partition *v, size_t n)
{
	if (n)
		printf("\n%s\n", title);
	for (size_t i = 0; i < n; i++) {
		ROM_AUTO char *name =
			rom_printable(v[i].name, strlen(v[i].name));

		printf("  %-16s part %-2" PRIu64 " 0x%-11" PRIx64 " 0x%" PRIx64
		       "\n",
			name, v[i].part, v[i].offset, v[i].size);
	}
}

/* A number, or a dash where it is not known. Freed by the caller. */
static char *number_text(bool known, uint64_t n)
{
	return known ? rom_format("0x%" PRIx64, n) : rom_strdup("-");
}

static void print_printed_table(const struct rom_printed_table *t)
{
	const struct rom_printed_row *row;

	printf("\nPartitions that %s lists from line %u on, in %s:\n",
		rom_printed_kind_name(t->kind), t->line,
		t->unit ? "bytes" : "sectors whose size is not told");
	printf("  %-16s %-14s %s\n", "Name", "Start", "Length");
	rom_each (row, &t->rows) {
		ROM_AUTO char *name =
			rom_printable(row->name, strlen(row->name));

		ROM_AUTO char *start = number_text(
			t->has_starts && !row->from_end, row->start);
		ROM_AUTO char *size = number_text(row->has_size, row->size);

		printf("  %-16s %-14s %s%s\n", name, start, size,
			rom_region_is_user(row->region) ? "" : " (BOOT1)");
	}
	if (t->device_size)
		printf("  the medium has 0x%" PRIx64 " bytes%s\n",
			t->device_size,
			t->sector_size == 4096 ? ", in sectors of 4096" : "");
	if (t->is_nand)
		printf("  these are partitions of a NAND chip\n");
	else if (!t->has_starts)
		printf("  it does not say where they begin: it cannot serve "
		       "as --table\n");
}

static void print_printed(const struct rom_printed *p)
{
	const struct rom_printed_table *t;
	const struct rom_printed_problem *problem;

	rom_each (t, &p->tables)
		print_printed_table(t);
	rom_each (problem, &p->problems)
		printf("line %u: %s\n", problem->line, problem->text);
	if (p->problems_dropped)
		printf("... and %zu more such lines\n", p->problems_dropped);
}

static void print_log(const struct rom_log *log)
{
	for (size_t i = 0; i < log->errors.n; i++) {
		printf("line %u: ", log->lines.v[i]);
		print_error(log->errors.v[i]);
	}
	if (!log->errors.n && !log->printed.tables.n)
		printf("this log names no error that romsplit knows\n");
	print_list("Partitions of the phone, according to the log:",
		log->phone.v, log->phone.n);
	print_list("Partitions of the scatter file, according to the log:",
		log->scatter.v, log->scatter.n);
	print_printed(&log->printed);
}

/* A row that is a table itself (PGPT ...) is never listed in a log: it does not
 * count as a difference. */
static bool is_same_row(const struct rom_check_row *row)
{
	return rom_check_status_fits(row->status) ||
	       (row->status == ROM_ROW_MISSING && row->partition->is_table);
}

static void print_differences(const struct rom_check *c)
{
	const struct rom_check_row *row;
	size_t n = 0;

	if (c->other_storage)
		printf("  %s\n", c->reason);
	rom_each (row, &c->rows) {
		ROM_AUTO char *name =
			rom_printable(row->name, strlen(row->name));

		if (is_same_row(row))
			continue;
		printf("  %-16s %s\n", name,
			rom_check_status_name(row->status));
		n++;
	}
	printf("  %zu of %zu rows differ\n", n, c->rows.n);
}

static enum rom_status compare_list(const char *title,
	const struct rom_log_partition *v, size_t n, const struct rom_dump *d,
	bool *same, struct rom_err *err)
{
	struct rom_scatter s;
	struct rom_check c = { 0 };
	const struct rom_check_row *row;
	enum rom_status st;

	if (!n)
		return ROM_OK;
	rom_log_scatter(v, n, &s);
	st = rom_scatter_check(&s, d->report, &c, err);
	if (!st) {
		printf("\n%s\n", title);
		print_differences(&c);
		*same &= !c.other_storage;
		rom_each (row, &c.rows)
			*same &= is_same_row(row);
	}
	rom_check_done(&c);
	rom_scatter_done(&s);
	return st;
}

/* Prints the differences as the notes that they are. */
static void compare_printed(
	struct rom_dump *d, const struct rom_printed *p, bool *same)
{
	const struct rom_printed_table *t;

	rom_each (t, &p->tables) {
		size_t first = d->report->notes.n;

		if (t->is_nand || t->kind == ROM_PRINTED_BLOCKS)
			continue;
		printf("\nThe table from line %u on compared with this dump:\n",
			t->line);
		if (d->report->table.kind == ROM_TABLE_NONE) {
			printf("  this dump has no table to compare with\n");
			*same = false;
			continue;
		}
		*same &= !rom_table_compare_printed(
			d->report, t, "the printed table");
		for (; first < d->report->notes.n; first++) {
			const struct rom_note *n = &d->report->notes.v[first];

			printf("  %s%s%s\n", n->partition ? n->partition : "",
				n->partition ? ": " : "", n->text);
		}
	}
}

static enum rom_status compare_with_dump(struct cli *cli,
	const struct rom_log *log, bool *same, struct rom_err *err)
{
	struct rom_dump *d = NULL;
	enum rom_status st = cli_open_path(cli, cli->args[1], &d, err);

	if (!st)
		st = compare_list(
			"The phone in the log compared with this dump:",
			log->phone.v, log->phone.n, d, same, err);
	if (!st)
		st = compare_list(
			"The scatter file in the log compared with this dump:",
			log->scatter.v, log->scatter.n, d, same, err);
	if (!st)
		compare_printed(d, &log->printed, same);
	rom_dump_close(d);
	return st;
}

static int explain_log(struct cli *cli)
{
	struct rom_log log = { 0 };
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = rom_log_read(cli->args[0], &log, &err);
	bool same = true, found;

	if (st)
		return cli_fail(st, &err);
	if (cli->json) {
		ROM_AUTO char *json = rom_json_log(&log);

		puts(json);
	} else {
		print_log(&log);
	}
	if (cli->n_args > 1 && !cli->json)
		st = compare_with_dump(cli, &log, &same, &err);
	found = log.errors.n || log.phone.n || log.scatter.n ||
		log.printed.tables.n;
	same &= !log.printed.problems.n;
	rom_log_done(&log);
	if (st)
		return cli_fail(st, &err);
	return found && same ? EXIT_DONE : EXIT_DAMAGED;
}

/* Explains text that was copied from the tool's window. False when it names no
 * known error. */
static bool explain_text(struct cli *cli, const char *text)
{
	struct rom_log log = { 0 };
	bool found;

	rom_log_find_errors(&log, text, 1, true);
	found = log.errors.n > 0;
	if (log.errors.n > 1 && cli->json) {
		ROM_AUTO char *json = rom_json_log(&log);

		puts(json);
	} else {
		for (size_t i = 0; i < log.errors.n; i++)
			explain_code(cli, log.errors.v[i]);
	}
	rom_log_done(&log);
	return found;
}

int cmd_explain(struct cli *cli)
{
	const char *what = cli->args[0];
	const struct rom_flash_error *e = rom_flash_error_find(what);

	if (e)
		return explain_code(cli, e);
	if (!rom_path_exists(what) && explain_text(cli, what))
		return EXIT_DONE;
	return explain_log(cli);
}
