/* SPDX-License-Identifier: MIT */
/* manifest.c - manifest.jsonl: one line a file, with all that is known of it */
#include <stdlib.h>

#include "file_log_priv.h"
#include "json_priv.h"

static const char *type_name(enum rom_file_type type)
{
	static const char *const names[] = { "unknown", "file", "directory",
		"symlink", "char", "block", "fifo", "socket" };

	return names[type];
}

/* Sets a value of arbitrary bytes. If it is not UTF-8, the key gets printable
 * text and KEY_hex the bytes. */
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

static json_t *ranges(const struct rom_range *v, size_t n)
{
	json_t *list = rom_json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			list, json_pack("[I,I]", (json_int_t)v[i].offset,
				      (json_int_t)v[i].len));
	return list;
}

static json_t *extents(const struct rom_file *file)
{
	static const char *const kinds[] = { "data", "zero", "lost", "packed" };
	uint64_t base = file->origin->base;
	json_t *list = rom_json_array();
	const struct rom_extent *e;

	rom_each (e, &file->map.extents) {
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

static json_t *xattrs(const struct rom_file *file)
{
	json_t *o = rom_json_object();
	const struct rom_xattr *x;

	rom_each (x, &file->xattrs) {
		size_t len = x->len;

		/* SELinux labels include a final NUL */
		if (len && x->value[len - 1] == '\0' &&
			!memchr(x->value, 0, len - 1))
			len--;
		set_bytes(o, x->name, (const char *)x->value, len);
	}
	return o;
}

static void set_path(json_t *o, const struct rom_file *file)
{
	size_t n = strlen(file->origin->prefix);
	ROM_AUTO char *path = rom_alloc(n + file->path_len + 1);

	memcpy(path, file->origin->prefix, n);
	memcpy(path + n, file->path, file->path_len);
	set_bytes(o, "path", path, n + file->path_len);
}

static void set_written(json_t *o, const char *path)
{
	if (path)
		set_bytes(o, "file", path, strlen(path));
	else
		json_object_set_new(o, "file", json_null());
}

/* The members of every entry. */
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

static void set_digests(json_t *o, const struct rom_file_result *result)
{
	char hex[2 * ROM_HASH_MAX + 1];

	for (enum rom_hash h = 0; h < ROM_HASH_COUNT; h++) {
		rom_hex(result->digest[h], rom_hash_len(h), hex);
		if (result->has_digest[h])
			json_object_set_new(
				o, rom_hash_name(h), json_string(hex));
		else if (h == ROM_HASH_SHA256)
			json_object_set_new(o, rom_hash_name(h), json_null());
	}
}

/* How the file was found; grades and evidence only when that was not through a
 * directory. */
static void set_provenance(json_t *o, const struct rom_file *file)
{
	const struct rom_file_evidence *e;
	json_t *list;

	json_object_set_new(o, "provenance",
		json_string(rom_provenance_name(file->provenance)));
	if (file->provenance != ROM_ALLOCATED)
		json_object_set_new(o, "name_grade",
			json_string(rom_name_grade_name(file->name_grade)));
	if (file->grade != ROM_GRADE_NONE)
		json_object_set_new(
			o, "grade", json_string(rom_grade_name(file->grade)));
	if (!file->evidence.n)
		return;
	list = rom_json_array();
	rom_each (e, &file->evidence)
		json_array_append_new(
			list, json_pack("{s:s,s:I,s:s}", "kind",
				      rom_evidence_kind_name(e->kind), "value",
				      (json_int_t)e->value, "text", e->text));
	json_object_set_new(o, "evidence", list);
}

/* The format where there is one, else one word; and whether a picture or video
 * is whole, where that was looked at. */
static void set_content(json_t *o, const struct rom_file_content *c)
{
	if (!c->is_known)
		return;
	json_object_set_new(o, "content",
		json_string(c->format ? c->format->name
				      : rom_content_name(c->content)));
	if (c->type != ROM_MEDIA_NONE)
		json_object_set_new(o, "content_type",
			json_string(rom_media_type_name(c->type)));
	if (c->has_state)
		json_object_set_new(o, "content_state",
			json_string(rom_media_state_name(c->state)));
}

static void set_file(json_t *o, const struct rom_file *file,
	const struct rom_file_result *result)
{
	set_digests(o, result);
	set_content(o, &result->content);
	json_object_set_new(o, "extents", extents(file));
	if (file->map.bytes)
		json_object_set_new(o, "inline", json_true());
}

/* A carved file has none: unknown is not 1970. */
static void clear_times(json_t *o)
{
	json_object_set_new(o, "mtime", json_null());
	json_object_set_new(o, "atime", json_null());
	json_object_set_new(o, "ctime", json_null());
}

static json_t *entry_of(
	const struct rom_file *file, const struct rom_file_result *result)
{
	json_t *o = rom_json_object();

	set_path(o, file);
	set_written(o, result->path);
	set_inode(o, &file->inode);
	if (!file->has_mtime)
		clear_times(o);
	/* without the key the kernel reports the length of the encoded
	 * target */
	if (file->target && file->inode.encrypted)
		json_object_set_new(
			o, "size", json_integer((json_int_t)file->target_len));
	if (file->target)
		set_bytes(o, "target", file->target, file->target_len);
	if (result->link_to)
		set_bytes(
			o, "link_to", result->link_to, strlen(result->link_to));
	if (file->xattrs.n)
		json_object_set_new(o, "xattrs", xattrs(file));
	if (file->inode.type == ROM_FILE_REGULAR)
		set_file(o, file, result);
	json_object_set_new(o, "damage", ranges(result->lost, result->n_lost));
	set_provenance(o, file);
	if (result->error)
		json_object_set_new(o, "error", json_string(result->error));
	return o;
}

static void manifest_file(struct rom_file_log *log, const struct rom_file *file,
	const struct rom_file_result *result)
{
	const struct line_log *l = (struct line_log *)log;
	json_t *o = entry_of(file, result);

	json_dumpf(o, l->out, JSON_COMPACT);
	fputc('\n', l->out);
	json_decref(o);
}

static struct rom_file_log *manifest_open(
	FILE *out, const struct rom_file_log_options *options)
{
	return rom_line_log_new(out, options, manifest_file);
}

const struct rom_file_log_kind rom_log_manifest = {
	.name = "manifest",
	.always = true,
	.about = "one JSON line for each file, with all that is known about it",
	.open = manifest_open,
};

char *rom_json_entry(const char *name, size_t len, const struct rom_inode *in,
	const char *target)
{
	json_t *o = rom_json_object();
	char *out;

	set_bytes(o, "name", name, len);
	set_inode(o, in);
	if (target)
		set_bytes(o, "target", target, strlen(target));
	out = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return out;
}
