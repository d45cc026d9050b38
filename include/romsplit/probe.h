/* SPDX-License-Identifier: MIT */
/* probe.h - the formats of partitions: every prober bids the number of bits it
 * has verified */
#ifndef ROMSPLIT_PROBE_H
#define ROMSPLIT_PROBE_H

#include "romsplit/image.h"
#include "romsplit/model.h"

/* Asks every prober about img, which is partition p of the report; fills
 * p->claims, best first. A magic followed by invalid fields becomes a note with
 * its offset in the dump. Reads some tens of KiB. */
void rom_probe(struct rom_image *img, struct rom_report *report,
	struct rom_partition *p);

/* Asks libmagic when p has no claim yet. */
void rom_probe_magic(struct rom_image *img, struct rom_partition *p);
/* The MIME type that libmagic finds for the start of img, or
 * "application/octet-stream". The caller frees it. */
char *rom_probe_mime(struct rom_image *img);
/* An open libmagic handle, for many files in a row. */
struct rom_mime;
/* Opens libmagic with its database; NULL when that cannot be loaded. */
struct rom_mime *rom_mime_open(void);
/* The MIME type of a file by its first bytes; valid until the next call. m may
 * be NULL. */
const char *rom_mime_of(struct rom_mime *m, const void *bytes, size_t len);
/* Closes the handle. NULL is allowed. */
void rom_mime_close(struct rom_mime *m);
/* The version of libmagic as text. The caller frees it. */
char *rom_probe_magic_library(void);

/* How a format agrees with the name of its partition. */
enum rom_expected {
	ROM_EXPECTED_ANY,   /* nothing is known about that name */
	ROM_EXPECTED_THIS,  /* the format is expected there */
	ROM_EXPECTED_OTHER, /* other formats are expected there */
};
/* Whether a partition of that name is expected to have the format of a claim.
 * With ROM_EXPECTED_OTHER *ret_words is set to the expected formats, "ext4 or
 * f2fs", which the caller frees; otherwise it is untouched. */
enum rom_expected rom_probe_expected(
	const char *partition, const char *format, char **ret_words);

/* Replaces the claims zero, ff and noise by those that follow from p->stats. */
void rom_probe_stats(struct rom_partition *p);
/* Removes these claims: something else was found in p than its sample shows. */
void rom_probe_drop_fill(struct rom_partition *p);

/* What a partition of that name does with a boot image. */
enum rom_boot_role {
	ROM_BOOT_NONE,
	ROM_BOOT_KERNEL,  /* boot, recovery: starts the kernel in it */
	ROM_BOOT_RAMDISK, /* init_boot: takes the ramdisk alone */
};
/* The role of the partition name, whatever its slot; may be NULL. */
enum rom_boot_role rom_probe_boot_role(const char *name);

#endif
