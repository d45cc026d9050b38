/* SPDX-License-Identifier: MIT */
/* judge.c - the verdict on userdata: first from samples, and again after the
 * pass has read all of it */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/crypt.h"

static void reset_verdict(struct rom_userdata *u)
{
	struct rom_evidence *e;

	rom_each (e, &u->evidence)
		free(e->text);
	rom_vec_done(&u->evidence);
	rom_facts_done(&u->detail);
	free(u->partition);
	free(u->summary);
	*u = (struct rom_userdata){ .access = ROM_ACCESS_NO };
}

static void decide_verdict(struct rom_dump *dump, const struct rom_partition *p)
{
	struct rom_userdata *ret = &dump->report->userdata;

	reset_verdict(ret);
	if (p)
		ret->partition = rom_strdup(p->name);
	rom_verdict_decide(dump->facts, ret);
}

void rom_analyze_judge(struct rom_dump *dump, bool no_unlock)
{
	struct rom_userdata_facts *f = rom_alloc(sizeof(*f));
	struct rom_partition *p;

	rom_analyze_find_userdata(dump);
	p = rom_analyze_userdata(dump->report);
	dump->facts = f;
	f->complete = dump->report->complete;
	f->crlf = dump->crlf;
	if (p && p->present && !f->crlf) {
		rom_analyze_userdata_facts(dump, p, f);
		rom_analyze_other_places(dump, p);
	}
	decide_verdict(dump, p);
	if (!f->present || no_unlock)
		return;
	rom_analyze_unlock(dump, p);
	/* the evidence names the first footer: it has to be the one that
	 * opened userdata */
	if (rom_analyze_footer_first(f, dump->unlocked.footer_offset))
		decide_verdict(dump, p);
	rom_analyze_report_unlocked(dump);
}

void rom_analyze_judge_again(struct rom_dump *dump)
{
	struct rom_partition *p = rom_analyze_userdata(dump->report);
	struct rom_userdata_facts *old = dump->facts, *f;

	if (!old || !old->present || old->crlf)
		return;
	f = rom_alloc(sizeof(*f));
	f->complete = old->complete;
	dump->facts = f;
	free(old);
	rom_analyze_userdata_facts(dump, p, f);
	decide_verdict(dump, p);
	rom_analyze_report_unlocked(dump);
	/* they were not looked for while userdata could not be read */
	rom_analyze_adopted_cards(dump);
}

void rom_analyze_verdict(struct rom_dump *dump)
{
	const struct rom_partition *p = rom_analyze_userdata(dump->report);

	if (!dump->facts)
		return;
	if (dump->facts->present)
		rom_analyze_take_stats(p, dump->facts);
	dump->facts->ecryptfs = dump->report->media.contents.ecryptfs;
	decide_verdict(dump, p);
	rom_analyze_report_unlocked(dump);
	rom_analyze_report_cards(dump);
}
