/* SPDX-License-Identifier: MIT */
/* secrets.c - passwords and keys that the user gave, in one allocation that is
 * wiped as a whole */
#include <stdlib.h>

#include "crypt_priv.h"

struct rom_secrets *rom_secrets_new(void)
{
	return rom_alloc(sizeof(struct rom_secrets));
}

enum rom_status rom_secrets_add(struct rom_secrets *s,
	enum rom_secret_kind kind, const void *bytes, size_t len,
	struct rom_err *err)
{
	struct rom_secret *secret;

	if (s->n == ROM_MAX_SECRETS)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"more than %d passwords and keys", ROM_MAX_SECRETS);
	if (len == 0 || len > ROM_SECRET_LEN_MAX)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"expected a password of 1 to %d bytes, got %zu",
			ROM_SECRET_LEN_MAX, len);
	secret = &s->v[s->n++];
	secret->kind = kind;
	secret->len = len;
	memcpy(secret->bytes, bytes, len);
	return ROM_OK;
}

enum rom_status rom_secrets_add_key(struct rom_secrets *s, const void *bytes,
	size_t len, const char *name, struct rom_err *err)
{
	enum rom_status st =
		rom_secrets_add(s, ROM_SECRET_KEY, bytes, len, err);

	if (!st)
		snprintf(s->v[s->n - 1].name, sizeof(s->v->name), "%s", name);
	return st;
}

struct rom_secrets *rom_secrets_copy(const struct rom_secrets *s)
{
	struct rom_secrets *copy = rom_secrets_new();

	*copy = *s;
	return copy;
}

size_t rom_secrets_count(const struct rom_secrets *s, enum rom_secret_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; s && i < s->n; i++)
		n += s->v[i].kind == kind;
	return n;
}

void rom_secrets_free(struct rom_secrets *s)
{
	if (!s)
		return;
	rom_wipe(s, sizeof(*s));
	free(s);
}
