/* SPDX-License-Identifier: MIT */
/* names.c - the words in the report for values of enums */
#include "names.h"

const char *rom_table_kind_name(enum rom_table_kind kind)
{
	static const char *const names[] = {
		[ROM_TABLE_NONE] = "none",
		[ROM_TABLE_GPT] = "gpt",
		[ROM_TABLE_PMT] = "pmt",
		[ROM_TABLE_MBR] = "mbr",
		[ROM_TABLE_SCATTER] = "scatter",
		[ROM_TABLE_PRINTED] = "printed",
		[ROM_TABLE_SCAN] = "scan",
		[ROM_TABLE_FOLDER] = "folder",
		[ROM_TABLE_EPT] = "ept",
		[ROM_TABLE_ROCKCHIP] = "rockchip",
	};

	return names[kind];
}

const char *rom_table_source_name(enum rom_table_source source)
{
	static const char *const names[] = {
		[ROM_SOURCE_NONE] = NULL,
		[ROM_SOURCE_PRIMARY] = "primary",
		[ROM_SOURCE_BACKUP] = "backup",
		[ROM_SOURCE_MERGED] = "merged",
		[ROM_SOURCE_PMT] = "pmt",
		[ROM_SOURCE_MIRROR] = "mirror",
		[ROM_SOURCE_MBR_CHAIN] = "mbr-chain",
		[ROM_SOURCE_FILE] = "file",
		[ROM_SOURCE_PRINTED] = "printed",
		[ROM_SOURCE_SIGNATURES] = "signatures",
		[ROM_SOURCE_SEQUENCE] = "sequence",
		[ROM_SOURCE_FRONT] = "front",
	};

	return names[source];
}

const char *rom_access_name(enum rom_access access)
{
	static const char *const names[] = {
		[ROM_ACCESS_NO] = "no",
		[ROM_ACCESS_YES] = "yes",
		[ROM_ACCESS_PASSWORD] = "password",
		[ROM_ACCESS_KEY] = "key",
		[ROM_ACCESS_DEVICE] = "device",
	};

	return names[access];
}

const char *rom_verdict_grade_name(enum rom_verdict_grade grade)
{
	static const char *const names[] = {
		[ROM_NOT_GRADED] = NULL,
		[ROM_DECLARED] = "declared",
		[ROM_DERIVED] = "derived",
		[ROM_STATISTICAL] = "statistical",
	};

	return names[grade];
}
