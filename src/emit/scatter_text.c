/* SPDX-License-Identifier: MIT */
/* scatter_text.c - scatter files V1.1.2 as text, byte for byte as MediaTek's ptgen or WwR MTK lay them out */
#include <inttypes.h>
#include <stdlib.h>

#include "scatter_priv.h"

#define HASHES_41 "#########################################"
#define HASHES_56 "########################################################"
#define HASHES_11 "###########"
#define BANNER	  HASHES_41 HASHES_56 HASHES_11

struct printer {
	FILE *out;
	const char *eol;
	bool upper; /* WwR writes hex digits in upper case */
};

static void line(const struct printer *p, const char *text)
{
	fprintf(p->out, "%s%s", text, p->eol);
}

static void text(const struct printer *p, const char *key, const char *value)
{
	fprintf(p->out, "%s: %s%s", key, value, p->eol);
}

static void flag(const struct printer *p, const char *key, bool value)
{
	text(p, key, value ? "true" : "false");
}

static void hex(const struct printer *p, const char *key, uint64_t value)
{
	fprintf(p->out, p->upper ? "%s: 0x%" PRIX64 "%s" : "%s: 0x%" PRIx64 "%s", key, value,
		p->eol);
}

/* Codes for the end of the medium have their own case: FFFF upper, the rest lower. */
static void address(const struct printer *p, const char *key, uint64_t value, bool reserved)
{
	if (reserved && value >> 16 == 0xffff)
		fprintf(p->out, "%s: 0xFFFF%04" PRIx64 "%s", key, value & 0xffff, p->eol);
	else
		hex(p, key, value);
}

static void print_general(const struct printer *p, const struct rom_scatter *s)
{
	const char *banner = s->style == ROM_STYLE_WWR ? HASHES_41 "__WwR_MTK__" HASHES_56 : BANNER;

	line(p, banner);
	line(p, "#");
	/* the tools of before 2016 left blanks at the ends of two lines */
	line(p, s->old_keys ? "#  General Setting " : "#  General Setting");
	line(p, s->old_keys ? "#    " : "#");
	line(p, banner);
	line(p, "- general: MTK_PLATFORM_CFG");
	line(p, "  info: ");
	line(p, "    - config_version: V1.1.2");
	text(p, "      platform", s->platform);
	text(p, "      project", s->project);
	text(p, "      storage", s->ufs ? "UFS" : "EMMC");
	text(p, "      boot_channel", s->ufs ? "UFSHCI_0" : "MSDC_0");
	text(p, "      block_size", s->ufs ? "0x80000" : "0x20000");
	line(p, BANNER);
	line(p, "#");
	line(p, "#  Layout Setting");
	line(p, "#");
	line(p, BANNER);
}

static void print_row(const struct printer *p, const struct rom_scatter *s, size_t index,
	const struct rom_scatter_row *row)
{
	ROM_AUTO char *name = rom_printable(row->name, strlen(row->name));
	ROM_AUTO char *file =
		row->file ? rom_printable(row->file, strlen(row->file)) : rom_strdup("NONE");

	fprintf(p->out, "- partition_index: SYS%zu%s", index, p->eol);
	text(p, "  partition_name", name);
	text(p, "  file_name", file);
	flag(p, "  is_download", row->download);
	text(p, "  type", row->type);
	address(p, "  linear_start_addr", row->linear, row->reserved);
	address(p, "  physical_start_addr", row->physical, row->reserved);
	hex(p, "  partition_size", row->size);
	text(p, "  region", row->region);
	text(p, "  storage", s->ufs ? "HW_STORAGE_UFS" : "HW_STORAGE_EMMC");
	flag(p, "  boundary_check", row->boundary_check);
	flag(p, "  is_reserved", row->reserved);
	text(p, "  operation_type", row->operation);
	if (!s->old_keys) {
		flag(p, "  is_upgradable", row->upgradable);
		flag(p, "  empty_boot_needed", row->empty_boot_needed);
	}
	line(p, "  reserve: 0x00");
	line(p, "");
}

void rom_scatter_print(const struct rom_scatter *s, FILE *out)
{
	bool wwr = s->style == ROM_STYLE_WWR;
	struct printer p = { .out = out, .eol = wwr ? "\r\n" : "\n", .upper = wwr };

	print_general(&p, s);
	for (size_t i = 0; i < s->rows.n; i++)
		print_row(&p, s, i, &s->rows.v[i]);
}

char *rom_scatter_file_name(const struct rom_scatter *s)
{
	return rom_format("%s_Android_scatter.txt", s->platform);
}
