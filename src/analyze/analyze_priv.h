/* SPDX-License-Identifier: MIT */
/* analyze_priv.h - the questions, one file each */
#ifndef ROMSPLIT_ANALYZE_PRIV_H
#define ROMSPLIT_ANALYZE_PRIV_H

#include "romsplit/analyze.h"
#include "romsplit/pass.h"

/* platform.c: chip, project, model, Android version. */
void rom_analyze_platform(struct rom_image *img, struct rom_report *report, const char *given);

/* sample.c: statistics of p from runs of blocks spread over it, at most budget bytes. */
void rom_analyze_sample(struct rom_image *part, struct rom_partition *p, uint64_t budget);

#endif
