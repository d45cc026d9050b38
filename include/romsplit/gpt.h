/* SPDX-License-Identifier: MIT */
/*
 * gpt.h - makes a GUID partition table, to be written back to a phone: from a
 * scatter file, from a printed table, or from what is left of one in a dump
 *
 * First the source makes a plan, then the plan becomes bytes. Nothing is
 * written here, and nothing is guessed: a plan that cannot be right is refused.
 */
#ifndef ROMSPLIT_GPT_H
#define ROMSPLIT_GPT_H

#include "romsplit/printed.h"
#include "romsplit/scatter.h"

/* A partition of a plan. */
struct rom_gpt_part {
	char *name;		/* UTF-8, owned */
	struct rom_range range; /* bytes of the medium; len is 0 if it grows */
	/* takes all up to the next one, or to the end; least is the length
	 * that its source gives it, which it must have at least */
	bool grows;
	uint64_t least;
	bool has_type, has_unique;
	/* known: name is as an entry stores it, and slot is its index; else
	 * name is to be encoded, and the next free index is taken */
	struct rom_gpt_entry_data data;
};

/* A table to be made. Begins as zeros, with size and sector as far as the user
 * gives them; released with rom_gpt_plan_done. */
struct rom_gpt_plan {
	uint64_t size;	 /* of the medium; 0: as the source says */
	uint32_t sector; /* 512 or 4096; 0: as the source says */
	bool has_guid;
	uint8_t guid[16]; /* of the disk */
	ROM_VEC(struct rom_gpt_part) parts;
	/* what the user has to know about it, each one sentence; owned */
	ROM_VEC(char *) said;
	/* entries of the source may be missing or damaged */
	bool in_doubt;
};
/* Frees the members of plan and clears it. */
void rom_gpt_plan_done(struct rom_gpt_plan *plan);

/* Plans the table that a dump has, or what is left of it. ROM_E_USAGE, with the
 * reason in err, when it has no GPT, or one for other sectors. */
enum rom_status rom_gpt_plan_report(const struct rom_report *report,
	struct rom_gpt_plan *plan, struct rom_err *err);
/* Plans a table from a scatter file; plan->size must be known. ROM_E_USAGE,
 * with the reason in err, when the phone has no GPT, or the file does not tell
 * where its rows are. */
enum rom_status rom_gpt_plan_scatter(const struct rom_scatter *scatter,
	struct rom_gpt_plan *plan, struct rom_err *err);
/* Plans a table from a printed one. ROM_E_USAGE, with the reason in err, when
 * the phone has no GPT, or a row has no place. name: of the file, for
 * messages. */
enum rom_status rom_gpt_plan_printed(const struct rom_printed_table *printed,
	const char *name, struct rom_gpt_plan *plan, struct rom_err *err);

/* The two copies of a table as bytes. Released with rom_gpt_files_done. */
struct rom_gpt_files {
	/* protective MBR, header and entries: for the start of the medium */
	uint8_t *primary;
	size_t primary_len;
	/* entries and header: for its end, at backup_offset */
	uint8_t *backup;
	size_t backup_len;
	uint64_t backup_offset;
};
/* Frees the members of files and clears it. */
void rom_gpt_files_done(struct rom_gpt_files *files);
/* Makes the table of a plan. Parts that grow get their length, all get GUIDs,
 * and plan->said says what was added. ROM_E_USAGE, with the reason in err, when
 * partitions overlap, do not fit on the medium or into a table, or have lengths
 * that are no whole sectors. */
enum rom_status rom_gpt_make(struct rom_gpt_plan *plan,
	struct rom_gpt_files *ret, struct rom_err *err);

#endif
