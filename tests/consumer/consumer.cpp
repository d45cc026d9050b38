// SPDX-License-Identifier: MIT
// consumer.cpp - consumer.c in C++: containers of the library from C++, too
#include <iostream>
#include <memory>
#include <romsplit/romsplit.h>

static int fail(const rom_err &err)
{
	std::cerr << "consumer: " << err.text << '\n';
	return 1;
}

static void print(const rom_report &report)
{
	ROM_VEC(rom_range) ranges{};
	rom_partition *p;

	rom_each (p, &report.partitions) {
		rom_range whole;

		if (!p->name || p->is_table ||
			!rom_subrange(p->range, 0, p->range.len, &whole))
			continue;
		*rom_vec_add(&ranges) = whole;
		std::cout << p->name << ' ' << ranges.v[ranges.n - 1].offset
			  << ' ' << ranges.v[ranges.n - 1].len << '\n';
	}
	rom_vec_done(&ranges);
}

int main(int argc, char **argv)
{
	const char *paths[] = {argv[argc - 1]};
	rom_dump_options options{};
	rom_dump *opened;
	rom_err err;

	options.paths = paths;
	options.n_paths = 1;
	options.table_only = true;
	if (rom_dump_open(&options, &opened, &err) != ROM_OK)
		return fail(err);
	std::unique_ptr<rom_dump, void (*)(rom_dump *)> dump(
		opened, rom_dump_close);
	print(*dump->report);
	return 0;
}
