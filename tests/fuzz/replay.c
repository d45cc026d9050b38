/* SPDX-License-Identifier: MIT */
/*
 * replay.c - a main for fuzz targets where there is no libFuzzer
 *
 *   fuzz_x                 every fixture: whole, about 200 prefixes, about 300
 * single bytes changed; within FUZZ_SECONDS (12) fuzz_x -m FILE...      the
 * same of these files (.xz and .gz are unpacked) fuzz_x FILE...         these
 * inputs as they are
 *
 * Fixtures lie in $ROMSPLIT_FIXTURES, or tests/fixtures. Each seed has a child
 * of its own: what kills it is named, the input kept in $TMPDIR or /tmp, and
 * the rest goes on. Inputs have exactly their size, so that a sanitizer sees
 * one byte read too far; the same seed gives the same inputs always.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

/* an input that takes half a second takes 12 then  \ */
#ifdef __SANITIZE_THREAD__
#define SLOWER 8
#else
#define SLOWER 1
#endif

enum {
	LARGE = 16 << 20,    /* of larger images only the first */
	LARGE_CUT = 4 << 20, /* are replayed */
	ROOM = LARGE + 1,
	PREFIXES = 200,
	FLIPS = 300,
	HEAD = 64 << 10,
	HANG = SLOWER * 30, /* seconds that one input may take */
	MAX_KEPT = 3,	    /* failing inputs kept of one seed */
};

/* Which input is being run: shared with the child, which may not live to
 * tell. */
struct state {
	char what;     /* 'w'hole, 'p'refix, 'f'lip */
	size_t offset; /* length of the prefix, or place of the byte */
	uint8_t value;
	unsigned next; /* the step to go on with */
	unsigned long inputs;
	bool end; /* of all steps, or of time */
};

/* data is ROOM bytes, mapped: at the end of each child a search for leaks goes
 * through all that malloc gave. */
struct seed {
	char *name;
	uint8_t *data;
	size_t len;
};

static struct state *state;
static const char *target;
static unsigned failures;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- seeds --------------------------------------------------------------- */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static FILE *open_input(const char *path, bool *is_pipe)
{
	char command[2048];
	const char *tool = ends_with(path, ".xz")   ? "xz"
			   : ends_with(path, ".gz") ? "gzip"
						    : NULL;

	*is_pipe = tool != NULL;
	if (!tool)
		return fopen(path, "rb");
	if (strchr(path, '\'') || strlen(path) > sizeof(command) - 40)
		return NULL;
	sprintf(command, "%s -dc '%s' 2>/dev/null", tool, path);
	return popen(command, "r");
}

static uint8_t *map_room(void)
{
	void *data = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		abort();
	return data;
}

/* The bytes of a file, up to LARGE and one more. */
static bool load(const char *path, struct seed *ret)
{
	bool is_pipe;
	FILE *f = open_input(path, &is_pipe);
	uint8_t *data = f ? map_room() : NULL;
	size_t len = 0;

	if (!f)
		return false;
	len = fread(data, 1, ROOM, f);
	if (is_pipe)
		pclose(f);
	else
		fclose(f);
	if (len > LARGE)
		len = LARGE_CUT;
	*ret = (struct seed){ strdup(path), data, len };
	return len > 0;
}

/* ---- inputs -------------------------------------------------------------- */

static uint64_t random_of(uint64_t seed, uint64_t i)
{
	uint64_t z = seed + i * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint64_t seed_of(const struct seed *s)
{
	uint64_t h = s->len;

	for (const char *name = s->name; *name; name++)
		h = h * 31 + (uint8_t)*name;
	return h;
}

/* A length: half of them within the head, at sector ends more often than
 * not. */
static size_t prefix_of(const struct seed *s, unsigned i)
{
	uint64_t r = random_of(seed_of(s), i);
	size_t room = i % 2 && s->len > HEAD ? HEAD : s->len;
	size_t len = (size_t)(r >> 8) % (room + 1);

	if (i < 16)
		return (size_t)i * 37 % (s->len + 1);
	switch (r % 4) {
	case 0:
		return len / 512 * 512;
	case 1:
		return len / 4096 * 4096;
	default:
		return len;
	}
}

/* A place: most within the head, the others where something is stored. */
static size_t place_of(const struct seed *s, unsigned i)
{
	uint64_t r = random_of(~seed_of(s), i);
	size_t head = s->len < HEAD ? s->len : HEAD;

	if (i % 10 < 3)
		return (size_t)(r >> 8) % s->len;
	for (unsigned k = 0; k < 4000; k++) {
		size_t offset = (size_t)(random_of(r, k) >> 8) %
				(i % 10 < 7 ? head : s->len);

		if (s->data[offset])
			return offset;
	}
	return (size_t)(r >> 8) % head;
}

/* Another value: a bit, an extreme, or anything. */
static uint8_t value_of(uint8_t old, uint64_t r)
{
	const uint8_t values[] = { 0x00, 0xff, 0x7f, 0x80, (uint8_t)(old + 1),
		(uint8_t)(old - 1), (uint8_t)(r >> 16),
		(uint8_t)(old ^ 1u << (r >> 8) % 8) };
	uint8_t v = values[r % 8];

	return v == old ? (uint8_t)(old ^ 0x10) : v;
}

static void run(uint8_t *data, size_t len)
{
	alarm(HANG);
	LLVMFuzzerTestOneInput(data, len);
	alarm(0);
	state->inputs++;
}

static void run_prefix(const struct seed *s, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, s->data, len);
	run(copy, len);
	free(copy);
}

/* Runs the steps of a seed until they or the time end. copy holds the seed, in
 * exactly its size. */
static void run_steps(const struct seed *s, uint8_t *copy, double until)
{
	unsigned step;

	for (; (step = state->next) <=
		2 * (FLIPS > PREFIXES ? FLIPS : PREFIXES);) {
		unsigned i = step / 2;

		if (step && now() > until)
			break;
		state->next++;
		if (step == 0) {
			state->what = 'w';
			run(copy, s->len);
		} else if (step % 2 && i < FLIPS) {
			size_t offset = place_of(s, i);

			state->what = 'f';
			state->offset = offset;
			state->value =
				value_of(s->data[offset], random_of(offset, i));
			copy[offset] = state->value;
			run(copy, s->len);
			copy[offset] = s->data[offset];
		} else if (step % 2 == 0 && i <= PREFIXES) {
			state->what = 'p';
			state->offset = prefix_of(s, i - 1);
			run_prefix(s, state->offset);
		}
	}
	state->end = true;
}

/* ---- children ------------------------------------------------------------ */

static void keep_input(const struct seed *s, char *path, size_t room)
{
	const char *tmp = getenv("TMPDIR");
	size_t len = state->what == 'p' ? state->offset : s->len;
	FILE *f;

	snprintf(path, room, "%s/%s-%d-%u.bin", tmp && *tmp ? tmp : "/tmp",
		target, (int)getpid(), failures);
	f = fopen(path, "wb");
	if (!f)
		return;
	for (size_t i = 0; i < len; i++)
		fputc(state->what == 'f' && i == state->offset ? state->value
							       : s->data[i],
			f);
	fclose(f);
}

static void report(const struct seed *s, int status)
{
	char path[1024], how[64];

	failures++;
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how),
			WTERMSIG(status) == SIGALRM ? "took more than %d s"
						    : "signal %d",
			WTERMSIG(status) == SIGALRM ? HANG : WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit status %d",
			WEXITSTATUS(status));
	if (state->end) {
		printf("not ok fuzz %s: %s: %s after the last input (a "
		       "leak?)\n",
			target, s->name, how);
		return;
	}
	keep_input(s, path, sizeof(path));
	if (state->what == 'w')
		printf("not ok fuzz %s: %s as it is: %s\n", target, s->name,
			how);
	else if (state->what == 'p')
		printf("not ok fuzz %s: first %zu bytes of %s: %s\n", target,
			state->offset, s->name, how);
	else
		printf("not ok fuzz %s: byte 0x%zx of %s made 0x%02x: %s\n",
			target, state->offset, s->name, state->value, how);
	printf("#   %s %s\n", program_invocation_name, path);
}

static void replay(const struct seed *s, double until)
{
	unsigned long inputs = state->inputs;

	*state = (struct state){ .inputs = inputs };
	for (unsigned tries = 0; tries < MAX_KEPT && !state->end; tries++) {
		int status = 0;
		pid_t child;

		fflush(NULL);
		child = fork();
		if (child == 0) {
			uint8_t *copy = malloc(s->len);

			if (!copy)
				abort();
			memcpy(copy, s->data, s->len);
			run_steps(s, copy, until);
			free(copy);
			exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) < 0)
			abort();
		if (status)
			report(s, status);
	}
}

/* ---- the run ------------------------------------------------------------- */

struct seeds {
	struct seed *v;
	size_t n;
};

static void add(struct seeds *all, struct seed s)
{
	all->v = realloc(all->v, (all->n + 1) * sizeof(s));
	if (!all->v)
		abort();
	all->v[all->n++] = s;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
		((const struct seed *)a)->name, ((const struct seed *)b)->name);
}

static void add_fixtures(struct seeds *all)
{
	const char *folder = getenv("ROMSPLIT_FIXTURES");
	struct dirent *e;
	DIR *dir;

	folder = folder && *folder ? folder : "tests/fixtures";
	dir = opendir(folder);
	while (dir && (e = readdir(dir))) {
		char path[1024];
		struct stat st;
		struct seed s;

		snprintf(path, sizeof(path), "%s/%s/image.xz", folder,
			e->d_name);
		if (*e->d_name == '.' || stat(path, &st))
			continue;
		if (load(path, &s)) {
			add(all, s);
		} else {
			failures++;
			printf("not ok fuzz %s: cannot read %s\n", target,
				path);
		}
	}
	if (dir)
		closedir(dir);
}

static void add_own(struct seeds *all)
{
	for (unsigned i = 0; fuzz_seed; i++) {
		struct seed s = { NULL, NULL, 0 };
		uint8_t *made = fuzz_seed(i, &s.len);

		if (!made)
			break;
		if (s.len > ROOM)
			abort();
		s.data = map_room();
		memcpy(s.data, made, s.len);
		free(made);
		if (asprintf(&s.name, "seed %u", i) < 0)
			abort();
		add(all, s);
	}
}

static void add_files(struct seeds *all, char **paths, int n)
{
	for (int i = 0; i < n; i++) {
		struct seed s;

		if (load(paths[i], &s))
			add(all, s);
		else
			fprintf(stderr, "%s: cannot read %s\n", target,
				paths[i]);
	}
}

static void free_seeds(struct seeds *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->v[i].name);
		munmap(all->v[i].data, ROOM);
	}
	free(all->v);
}

int main(int argc, char **argv)
{
	struct seeds all = { 0 };
	const char *seconds = getenv("FUZZ_SECONDS");
	double begin = now(),
	       end = begin + (seconds && *seconds ? atof(seconds) : 12);
	bool mutate = argc > 1 && !strcmp(argv[1], "-m");

	target = strncmp(program_invocation_short_name, "fuzz_", 5)
			 ? program_invocation_short_name
			 : program_invocation_short_name + 5;
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (state == MAP_FAILED)
		abort();
	if (argc > 1)
		add_files(&all, argv + 1 + mutate, argc - 1 - mutate);
	else
		add_fixtures(&all);
	if (argc > 1 && !mutate) {
		for (size_t i = 0; i < all.n; i++)
			run_prefix(&all.v[i], all.v[i].len);
		free_seeds(&all);
		return 0;
	}
	if (argc == 1)
		qsort(all.v, all.n, sizeof(*all.v), by_name);
	add_own(&all);
	for (size_t i = 0; i < all.n;
		/* what is left of the time is shared by what is left of the
		   seeds */
		i++)
		replay(&all.v[i], now() + (end - now()) / (double)(all.n - i));
	if (all.n == 0) {
		failures++;
		printf("not ok fuzz %s: there are no seeds\n", target);
	}
	if (!failures)
		printf("ok fuzz %s: %lu inputs\n", target, state->inputs);
	free_seeds(&all);
	return failures > 0;
}
