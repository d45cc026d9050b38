/* SPDX-License-Identifier: MIT */
/* folder_name.c - which partition a file of a folder is, by its name and by its
 * content */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "folder_priv.h"

/* Where the extension begins; the end of the name when there is none. */
static const char *extension(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot > name ? dot : name + strlen(name);
}

static bool is_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && !s[n];
}

/* The name of a filesystem that we read. */
static bool is_filesystem(const char *ext)
{
	ROM_AUTO char *names = rom_fs_readers();
	const char *at = strstr(names, ext);

	return *ext && at && !isalnum((unsigned char)at[strlen(ext)]);
}

bool rom_folder_is_foreign(const char *name)
{
	static const char *const partitions[] = { "img", "bin", "mbn", "simg",
		"raw", "dump", "dd", "image", "sparse", "emmc", "rom", "part",
		"fex" };
	const char *ext = extension(name);

	if (*name == '.')
		return true;
	if (!*ext || is_number(ext + 1) || strcasestr(ext, "sparsechunk") ||
		is_filesystem(ext + 1))
		return false;
	for (size_t i = 0; i < sizeof(partitions) / sizeof(*partitions); i++) {
		if (!strcasecmp(ext + 1, partitions[i]))
			return false;
	}
	return true;
}

bool rom_folder_is_numbered(const char *name)
{
	size_t n;

	if (strncasecmp(name, "ROM_", 4))
		return false;
	n = strspn(name + 4, "0123456789");
	return n && (!name[4 + n] || name[4 + n] == '.');
}

/* Names of partitions are UTF-8 without control characters; a file name or a
 * label can hold any bytes. */
char *rom_folder_clean(const char *name)
{
	char *clean = rom_strdup(name);
	bool utf8 = rom_is_utf8(name, strlen(name));

	for (char *c = clean; *c; c++) {
		unsigned char u = (unsigned char)*c;

		if (u < 0x20 || u == 0x7f || (u >= 0x80 && !utf8))
			*c = '?';
	}
	return clean;
}

char *rom_folder_stem(const char *name)
{
	size_t len = strcspn(name, ".");
	static const char *const ends[] = { "_sparsechunk", "_sparse" };
	ROM_AUTO char *raw = rom_format("%.*s", (int)len, name);
	char *stem = rom_folder_clean(raw);

	for (size_t i = 0; i < 2; i++) {
		char *end = strcasestr(stem, ends[i]);

		if (end && end > stem)
			*end = '\0';
	}
	return stem;
}

static const char *text_of(const struct rom_facts *f, const char *key)
{
	const struct rom_fact *fact = rom_facts_get(f, key);

	return fact && fact->kind == ROM_FACT_TEXT && *fact->text ? fact->text
								  : NULL;
}

/* The last component of a mount point: "userdata" of /data. */
static const char *name_of_mount(const char *mount)
{
	const char *slash = strrchr(mount, '/');
	const char *last = slash ? slash + 1 : mount;

	return !strcmp(last, "data") ? "userdata" : *last ? last : NULL;
}

const char *rom_folder_content_name(const struct rom_partition *probed)
{
	const struct rom_claim *c = rom_partition_lead(probed);
	const struct rom_fact *list;
	const char *mount;

	if (c->usage == ROM_USAGE_FILESYSTEM) {
		mount = text_of(&c->detail, "last_mounted");
		if (!mount)
			mount = text_of(&c->detail, "label");
		return mount ? name_of_mount(mount) : NULL;
	}
	/* MediaTek's images state the name of their first part */
	list = rom_facts_get(&c->detail, "images");
	if (list && list->kind == ROM_FACT_LIST && list->n_items)
		return text_of(&list->items[0], "name");
	return c->usage == ROM_USAGE_CONTAINER && rom_analyze_is_known(probed)
		       ? c->format
		       : NULL;
}
