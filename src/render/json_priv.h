/* SPDX-License-Identifier: MIT */
/* json_priv.h - what the files that use jansson share */
#ifndef ROMSPLIT_JSON_PRIV_H
#define ROMSPLIT_JSON_PRIV_H

#include <jansson.h>

#include "romsplit/render.h"

/* json_memory.c: how a tree begins. As json_object, json_array and json_loadb,
 * but from then on what jansson cannot allocate ends the process. */
json_t *rom_json_object(void);
json_t *rom_json_array(void);
json_t *rom_json_load(const char *text, size_t len);

#endif
