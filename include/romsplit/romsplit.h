/* SPDX-License-Identifier: MIT */
/*
 * romsplit.h - all of libromsplit, from C and C++; programs include this alone
 *
 * rom_dump_open opens a dump and fills a report about it, the jobs of job.h do
 * what the commands of romsplit do, and render.h prints the report.
 * The other headers are parts of this one: from C++ they cannot be included
 * alone. What is not included here is not installed.
 */
#ifndef ROMSPLIT_ROMSPLIT_H
#define ROMSPLIT_ROMSPLIT_H

/* Before the linkage changes, for these have declarations of C++ */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "romsplit/analyze.h"
#include "romsplit/flash_log.h"
#include "romsplit/job.h"
#include "romsplit/media.h"
#include "romsplit/probe.h"
#include "romsplit/render.h"

#ifdef __cplusplus
}
#endif

#endif
