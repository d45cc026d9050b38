/* SPDX-License-Identifier: MIT */
/* manifest.c - manifest.jsonl: one line a file, with all that is known of it */
#include <jansson.h>
#include <stdlib.h>

#include "extract_priv.h"

static const char *type_name(enum rom_file_type type)
{
	static const char *const names[] = { "unknown", "file", "directory",
		"symlink", "char", "block", "fifo", "socket" };

	return names[type];
}

/* A name of bytes: as text; where they are no UTF-8, readable text there and
 * the bytes in hex beside it. */
static void set_bytes(json_t *o, const char *key, const char *bytes, size_t len)
{
	ROM_AUTO char *hex = NULL, *hex_key = NULL, *shown = NULL;

	if (rom_is_utf8(bytes, len) && !memchr(bytes, 0, len)) {
		json_object_set_new(o, key, json_stringn(bytes, len));
		return;
	}
	shown = rom_printable(bytes, len);
	json_object_set_new(o, key, json_string(shown));
	hex = rom_alloc(2 * len + 1);
	rom_hex((const uint8_t *)bytes, len, hex);
	hex_key = rom_format("%s_hex", key);
	json_object_set_new(o, hex_key, json_string(hex));
}

static void set_time(json_t *o, const char *key, struct rom_time t)
{
	char text[48];

	snprintf(text, sizeof(text), "%lld.%09u", (long long)t.sec, t.nsec);
	json_object_set_new(o, key, json_string(text));
}

static json_t *pairs(const struct rom_range *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			list, json_pack("[I,I]", (json_int_t)v[i].offset,
				      (json_int_t)v[i].len));
	return list;
}

static json_t *extents(const struct task *t, uint64_t base)
{
	static const char *const kinds[] = { "data", "zero", "lost", "packed" };
	json_t *list = json_array();
	const struct rom_extent *e;

	rom_each (e, &t->map.extents) {
		json_t *o = json_pack("{s:I,s:I,s:s}", "at",
			(json_int_t)e->offset, "size", (json_int_t)e->len,
			"kind", kinds[e->kind]);

		if ((e->kind == ROM_EXTENT_DATA ||
			    e->kind == ROM_EXTENT_ENCODED) &&
			base != ROM_NO_OFFSET)
			json_object_set_new(o, "dump",
				json_integer((json_int_t)(base + e->image)));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *xattrs(const struct task *t)
{
	json_t *o = json_object();
	const struct tree_xattr *x;

	rom_each (x, &t->xattrs) {
		size_t len = x->len;

		/* labels end in a NUL */
		if (len && x->value[len - 1] == '\0' &&
			!memchr(x->value, 0, len - 1))
			len--;
		set_bytes(o, x->name, (const char *)x->value, len);
	}
	return o;
}

static void set_path(json_t *o, const struct task *t, const char *prefix)
{
	size_t n = strlen(prefix);
	ROM_AUTO char *path = rom_alloc(n + t->path_len + 1);

	memcpy(path, prefix, n);
	memcpy(path + n, t->path, t->path_len);
	set_bytes(o, "path", path, n + t->path_len);
}

static void set_written(json_t *o, const struct task *t, const char *prefix)
{
	ROM_AUTO char *written =
		*t->dir->path
			? rom_format("%s%s/%s", prefix, t->dir->path, t->name)
			: rom_format("%s%s", prefix, t->name);

	if (!*t->name)
		json_object_set_new(o, "file", json_null());
	else
		set_bytes(o, "file", written, strlen(written));
}

/* What every entry has. */
static void set_inode(json_t *o, const struct rom_inode *in)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", in->mode);
	json_object_set_new(o, "inode", json_integer((json_int_t)in->ino));
	json_object_set_new(o, "type", json_string(type_name(in->type)));
	json_object_set_new(o, "size", json_integer((json_int_t)in->size));
	json_object_set_new(o, "mode", json_string(mode));
	json_object_set_new(o, "uid", json_integer(in->uid));
	json_object_set_new(o, "gid", json_integer(in->gid));
	json_object_set_new(o, "links", json_integer(in->links));
	json_object_set_new(o, "flags", json_integer(in->flags));
	set_time(o, "mtime", in->mtime);
	set_time(o, "atime", in->atime);
	set_time(o, "ctime", in->ctime);
	if (in->has_crtime)
		set_time(o, "crtime", in->crtime);
	if (in->type == ROM_FILE_CHAR || in->type == ROM_FILE_BLOCK)
		json_object_set_new(o, "device",
			json_pack("[i,i]", (int)in->major, (int)in->minor));
	if (in->encrypted)
		json_object_set_new(o, "encrypted", json_true());
}

static void set_file(json_t *o, const struct task *t, uint64_t base)
{
	char hex[2 * ROM_SHA256_LEN + 1];

	for (enum rom_hash h = 0; h < ROM_HASH_SHA256; h++) {
		rom_hex(t->sum[h], rom_hash_len(h), hex);
		if (t->has_sum[h])
			json_object_set_new(
				o, rom_hash_name(h), json_string(hex));
	}
	rom_hex(t->sha256, ROM_SHA256_LEN, hex);
	json_object_set_new(
		o, "sha256", t->has_sha256 ? json_string(hex) : json_null());
	json_object_set_new(o, "extents", extents(t, base));
	if (t->map.bytes)
		json_object_set_new(o, "inline", json_true());
}

void rom_manifest_line(
	FILE *out, const struct task *t, const char *prefix, uint64_t base)
{
	json_t *o = json_object();

	set_path(o, t, prefix);
	set_written(o, t, prefix);
	set_inode(o, &t->inode);
	/* as the kernel tells it without the key */
	if (t->target && t->inode.encrypted)
		json_object_set_new(
			o, "size", json_integer((json_int_t)t->target_len));
	if (t->target)
		set_bytes(o, "target", t->target, t->target_len);
	if (t->link_to)
		set_bytes(o, "link_to", t->link_to, strlen(t->link_to));
	if (t->xattrs.n)
		json_object_set_new(o, "xattrs", xattrs(t));
	if (t->inode.type == ROM_FILE_REGULAR)
		set_file(o, t, base);
	json_object_set_new(o, "damage", pairs(t->damage.v, t->damage.n));
	if (t->status)
		json_object_set_new(o, "error", json_string(t->err.text));
	json_dumpf(o, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(o);
}

char *rom_json_entry(const char *name, size_t len, const struct rom_inode *in,
	const char *target)
{
	json_t *o = json_object();
	char *out;

	set_bytes(o, "name", name, len);
	set_inode(o, in);
	if (target)
		set_bytes(o, "target", target, strlen(target));
	out = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return out;
}
