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

static int print(rom_image *img)
{
	std::unique_ptr<rom_report, void (*)(rom_report *)> report(
		rom_report_new(), rom_report_free);
	rom_analyze_options options{};
	rom_partition *p;
	rom_err err;

	options.table_only = true;
	if (rom_analyze(img, &options, report.get(), &err) != ROM_OK)
		return fail(err);
	ROM_VEC(rom_range) ranges{};
	rom_each (p, &report->partitions) {
		rom_range whole;

		if (!p->name || p->is_table ||
			!rom_subrange(p->range, 0, p->range.len, &whole))
			continue;
		*rom_vec_add(&ranges) = whole;
		std::cout << p->name << ' ' << ranges.v[ranges.n - 1].offset
			  << ' ' << ranges.v[ranges.n - 1].len << '\n';
	}
	rom_vec_done(&ranges);
	return 0;
}

int main(int argc, char **argv)
{
	const char *paths[] = {argv[argc - 1]};
	rom_opened dump;
	rom_err err;

	if (rom_image_open(paths, 1, nullptr, &dump, &err) != ROM_OK)
		return fail(err);
	int status = print(dump.img);
	rom_image_close(dump.img);
	rom_opened_done(&dump);
	return status;
}
