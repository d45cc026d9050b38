/* SPDX-License-Identifier: MIT */
/* file_value.c - struct rom_file and its lists, and the names of its enums */
#include <stdlib.h>

#include "romsplit/file.h"

void rom_xattrs_done(rom_xattrs *xattrs)
{
	struct rom_xattr *x;

	rom_each (x, xattrs) {
		free(x->name);
		free(x->value);
	}
	rom_vec_done(xattrs);
}

void rom_file_done(struct rom_file *file)
{
	struct rom_file_evidence *e;

	rom_each (e, &file->evidence)
		free(e->text);
	rom_vec_done(&file->evidence);
	rom_xattrs_done(&file->xattrs);
	rom_file_map_done(&file->map);
	rom_image_close(file->data);
	free(file->path);
	free(file->target);
	*file = (struct rom_file){ 0 };
}

void rom_file_add_evidence(struct rom_file *file, enum rom_evidence_kind kind,
	uint64_t value, char *text)
{
	*rom_vec_add(&file->evidence) =
		(struct rom_file_evidence){ kind, value, text };
}

const char *rom_provenance_name(enum rom_provenance provenance)
{
	static const char *const names[] = { "allocated", "unattached",
		"deleted", "carved", "member" };

	return names[provenance];
}

const char *rom_grade_name(enum rom_grade grade)
{
	static const char *const names[] = { NULL, "whole", "whole-carved",
		"assembled", "damaged", "partial", "trimmed", "name-only" };

	return names[grade];
}

const char *rom_name_grade_name(enum rom_name_grade grade)
{
	static const char *const names[] = { "exact", "probable", "none" };

	return names[grade];
}

const char *rom_evidence_kind_name(enum rom_evidence_kind kind)
{
	static const char *const names[] = { "offset", "sequence", "record" };

	return names[kind];
}
