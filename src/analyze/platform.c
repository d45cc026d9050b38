/* SPDX-License-Identifier: MIT */
/*
 * platform.c - which phone is this? Every source of the chip's name is read;
 * the one with the highest priority wins
 *
 * Priority, most first: a source path in the preloader, a device tree in a boot
 * image, build.prop, strings in lk, the modem's trailer, the preloader's file
 * name, AND_ROMINFO (wrong by design on some chips).
 */
#include <stdlib.h>

#include "analyze_priv.h"

static bool is_system(const struct rom_partition *p)
{
	static const char *const names[] = { "system", "vendor", "android",
		"odm", "product", "oem" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (rom_slot_matches(p->name, names[i]))
			return true;
	}
	return false;
}

/* Also a filesystem found by a scan because the table is missing: it may be the
 * system partition. */
static bool holds_properties(const struct rom_partition *p)
{
	return is_system(p) || (p->name && !strncmp(p->name, "found_", 6));
}

static void sort_chip_sources(struct rom_platform *pf)
{
	for (size_t i = 1; i < pf->chip_sources.n; i++) {
		for (size_t k = i;
			k > 0 && pf->chip_sources.v[k].priority >
					 pf->chip_sources.v[k - 1].priority;
			k--) {
			struct rom_chip_source t = pf->chip_sources.v[k];

			pf->chip_sources.v[k] = pf->chip_sources.v[k - 1];
			pf->chip_sources.v[k - 1] = t;
		}
	}
}

static void decide(struct rom_report *r)
{
	struct rom_platform *pf = &r->platform;
	const struct rom_chip_source *s;

	sort_chip_sources(pf);
	if (!pf->chip && pf->chip_sources.n)
		pf->chip = rom_strdup(pf->chip_sources.v[0].value);
	rom_each (s, &pf->chip_sources) {
		/* AND_ROMINFO is wrong too often to warn about */
		if (strcmp(s->value, pf->chip) &&
			s->priority > ROM_CHIP_ROMINFO)
			rom_report_note(r, ROM_WARNING, NULL, s->offset,
				"the sources of the chip's name disagree: %s "
				"names %s, romsplit uses %s (--platform "
				"overrides it)",
				s->where, s->value, pf->chip);
	}
}

void rom_analyze_platform(struct rom_dump *dump, const char *given)
{
	struct rom_report *r = dump->report;
	const struct rom_partition *p;

	r->platform.chip = rom_strdup(given);
	r->platform.chip_given = given != NULL;
	rom_each (p, &r->partitions) {
		if (!p->present || !p->claims.n)
			continue;
		rom_analyze_chip_sources(dump, p);
		if (holds_properties(p))
			rom_analyze_build_prop(dump, p);
	}
	decide(r);
}
