/* SPDX-License-Identifier: MIT */
/* analyze_priv.h - the questions, one file each */
#ifndef ROMSPLIT_ANALYZE_PRIV_H
#define ROMSPLIT_ANALYZE_PRIV_H

#include "romsplit/analyze.h"
#include "romsplit/pass.h"

/* platform.c: chip, project, model, Android version. */
void rom_analyze_platform(
	struct rom_image *img, struct rom_report *report, const char *given);

/* analyze.c: true when it holds a format that was told by more than chance: no
 * constant bytes, noise, or a boot signature alone. */
bool rom_analyze_is_known(const struct rom_partition *p);

/* sample.c: statistics of p from runs of blocks spread over it, at most budget
 * bytes. */
void rom_analyze_sample(
	struct rom_image *part, struct rom_partition *p, uint64_t budget);

/* userdata.c: what the filesystem says: which directories are encrypted and not
 * opened, whether the media folder is. */
void rom_analyze_ask_fs(struct rom_fs *fs, struct rom_userdata_facts *f);

/* census.c: how many files the user has, how large, of when; at most some
 * thousands are looked at. */
void rom_analyze_file_stats(
	struct rom_fs *fs, const char *media, struct rom_file_stats *ret);

/* footers.c: all footers of full-disk encryption in the dump, the likeliest
 * first; puts the one at at in front, true when another was there. */
void rom_analyze_ask_footers(struct rom_image *img, struct rom_report *r,
	const struct rom_partition *userdata, struct rom_userdata_facts *f);
bool rom_analyze_footer_first(struct rom_userdata_facts *f, uint64_t offset);

/* unlock.c: opens userdata with what was given, or lies in the dump, the first
 * time. */
void rom_analyze_open(struct rom_image *img, struct rom_image *part,
	struct rom_report *r, const struct rom_userdata_facts *f,
	struct rom_unlocked *u);
/* Says in the report what that opened. */
void rom_analyze_unlock(struct rom_image *part, struct rom_report *r,
	const struct rom_userdata_facts *f, struct rom_unlocked *u);

/* soft_keys.c: keys that a software keymaster left open in the dump: the bytes
 * of metadata encryption's, 0: none; adds those of files to a keyring, which
 * the filesystem was opened with, and counts them. */
size_t rom_analyze_soft_metadata(struct rom_image *img, struct rom_report *r,
	const struct rom_userdata_facts *f, uint8_t key[64]);
size_t rom_analyze_soft_keys(struct rom_fs *fs, struct rom_keyring *keys);

/* around.c: what other partitions say of userdata's encryption: the metadata
 * key, the fstab. */
void rom_analyze_ask_surroundings(struct rom_image *img, struct rom_report *r,
	struct rom_userdata_facts *f);

#endif
