/* SPDX-License-Identifier: MIT */
/* folder_priv.h - a folder of single partitions, as a dump */
#ifndef ROMSPLIT_FOLDER_PRIV_H
#define ROMSPLIT_FOLDER_PRIV_H

#include "analyze_priv.h"

/* What a file of the folder is. */
enum folder_role {
	FOLDER_IGNORED, /* no partition: a text, a program, a compressed file */
	FOLDER_PART,	/* a further part of another file */
	FOLDER_SCATTER,
	FOLDER_TABLE,	  /* begins or ends as a medium with a GPT does */
	FOLDER_LOADER,	  /* the preloader, which has a region of its own */
	FOLDER_PARTITION, /* of which it is decided later */
};

struct folder_file {
	char *name; /* in the folder */
	char *stem; /* the partition that the name states */
	/* a part of it is missing, or why it cannot be opened: a message; or
	 * NULL */
	char *gap;
	enum folder_role role;
	struct rom_image *img; /* its content, expanded; NULL: not opened */
	uint64_t bytes;	       /* of the file, and of its parts */
	/* recognised by content; no name: bare */
	struct rom_partition *probed;
	bool matched; /* it has its place */
	struct rom_range place;
};

typedef ROM_VEC(struct folder_file) folder_files;

struct folder {
	char *path; /* without slashes at its end */
	struct rom_dir *dir;
	folder_files files;
	/* the rows of the table, if there is one: from the files with a GPT, or
	 * by the scatter file */
	struct rom_report *rows;
	const struct rom_scatter *scatter; /* NULL: none */
};

/* folder_list.c: lists the regular files of f->dir, opens those that may be
 * partitions, and decides what each is. */
enum rom_status rom_folder_list(struct folder *f, struct rom_err *err);
/* Releases a file. */
void rom_folder_file_done(struct folder_file *file);

/* folder_name.c: the partition that a file name states: "userdata" of
 * userdata.img_sparsechunk.0. Freed by the caller. */
char *rom_folder_stem(const char *name);
/* A name as it may be that of a partition; freed by the caller. */
char *rom_folder_clean(const char *name);
/* True when the name is of a kind of file that is never a partition. */
bool rom_folder_is_foreign(const char *name);
/* True for ROM_0, ROM_1: the name states no partition. */
bool rom_folder_is_numbered(const char *name);
/* The partition that the content states; NULL: none does. Borrowed. */
const char *rom_folder_content_name(const struct rom_partition *probed);

/* folder_match.c: gives each file its place in a row of the table. */
void rom_folder_match(struct folder *f);
/* Without a table: gives each file a place of its own. */
void rom_folder_line_up(struct folder *f);

#endif
