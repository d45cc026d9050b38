/* SPDX-License-Identifier: MIT */
/* pins.c - tries all short PINs in turn, on all cores, when the user asks for
 * it */
#include <pthread.h>

#include "crypt_priv.h"
#include "romsplit/os.h"

enum {
	SHORTEST = ROM_SHORTEST_PIN,
	MAX_THREADS = 64,
	MEASURED = 2,
	MAX_MEMORY = 1 << 30
};

struct search {
	const struct rom_secrets *s;
	rom_pin_fn fits;
	void *ctx;
	pthread_mutex_t lock;
	uint64_t next, all;
	bool found;
	char pin[32];
};

/* PIN number i of all: first the 10^4 of four digits, then the 10^5 of five,
 * ... */
static void pin_at(uint64_t i, char out[32])
{
	uint64_t n = 10000;
	int digits = SHORTEST;

	for (; i >= n; n *= 10, digits++)
		i -= n;
	snprintf(out, 32, "%0*llu", digits % 10, (unsigned long long)i);
}

static uint64_t pin_count(unsigned digits)
{
	uint64_t n = 0, one = 10000;

	for (unsigned d = SHORTEST; d <= digits; d++, one *= 10)
		n += one;
	return n;
}

static bool take_next_pin(struct search *s, char *pin)
{
	struct rom_progress *p = s->s->progress;
	bool more;

	pthread_mutex_lock(&s->lock);
	more = !s->found && s->next < s->all && !(p && p->stop);
	if (more)
		pin_at(s->next++, pin);
	if (p && p->tick)
		p->tick(p, s->next, s->all, "trying PINs");
	pthread_mutex_unlock(&s->lock);
	return more;
}

static void *search_worker(void *arg)
{
	struct search *s = arg;
	char pin[32];

	while (take_next_pin(s, pin)) {
		if (!s->fits(s->ctx, pin, strlen(pin)))
			continue;
		pthread_mutex_lock(&s->lock);
		s->found = true;
		strcpy(s->pin, pin);
		pthread_mutex_unlock(&s->lock);
	}
	rom_wipe(pin, sizeof(pin));
	return NULL;
}

/* Times the first PINs and reports how long all of them would take. */
static void report_estimate(struct search *s, unsigned threads)
{
	double begin = rom_now(), each;
	ROM_AUTO char *text = NULL;

	for (int i = 0; i < MEASURED && !s->found; i++) {
		char pin[32];

		pin_at(s->next++, pin);
		s->found = s->fits(s->ctx, pin, strlen(pin));
		if (s->found)
			strcpy(s->pin, pin);
	}
	each = (rom_now() - begin) / MEASURED;
	text = rom_format("trying the %llu PINs of up to %u digits: %.2f s "
			  "each, at most %.0f minutes on %u cores",
		(unsigned long long)s->all, s->s->try_pins, each,
		each * (double)s->all / threads / 60, threads);
	if (s->s->report)
		s->s->report(s->s->report_ctx, text);
}

/* scrypt takes memory bytes for each try: limits the threads so that all
 * together stay below MAX_MEMORY. */
static unsigned thread_count(const struct rom_secrets *s, uint64_t memory)
{
	uint64_t most = rom_min(
		MAX_THREADS, rom_max(MAX_MEMORY / rom_max(memory, 1), 1));
	unsigned n = s->threads ? s->threads : rom_machine_processors();

	return (unsigned)rom_min(n, most);
}

bool rom_pins_try(const struct rom_secrets *secrets, uint64_t memory,
	rom_pin_fn fits, void *ctx, char *ret)
{
	struct search s = { .s = secrets, .fits = fits, .ctx = ctx };
	unsigned n = thread_count(secrets, memory), started = 0;
	pthread_t threads[MAX_THREADS];

	s.all = pin_count(secrets->try_pins);
	pthread_mutex_init(&s.lock, NULL);
	if (secrets->progress)
		secrets->progress->items = true;
	report_estimate(&s, n);
	while (started < n && !s.found &&
		!pthread_create(&threads[started], NULL, search_worker, &s))
		started++;
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	/* no thread could be created: the caller's thread searches */
	if (!started && !s.found)
		search_worker(&s);
	if (secrets->progress)
		secrets->progress->items = false;
	pthread_mutex_destroy(&s.lock);
	if (s.found)
		strcpy(ret, s.pin);
	rom_wipe(s.pin, sizeof(s.pin));
	return s.found;
}
