/* SPDX-License-Identifier: MIT */
/* job_priv.h - what the jobs share */
#ifndef ROMSPLIT_JOB_PRIV_H
#define ROMSPLIT_JOB_PRIV_H

#include "romsplit/job.h"

/* cut.c: one reading of img; the partitions of report into the folder dir of out, their statistics and sums, and
 * (with whole_dump) the sum of the dump, into report. sums may be NULL. */
enum rom_status rom_job_cut(struct rom_image *img, const struct rom_job_options *options,
	struct rom_report *report, struct rom_out *out, int dir, const char *prefix, FILE *sums,
	bool whole_dump, struct rom_job_stats *stats, struct rom_err *err);

/* Bytes the partition files may take on a disk that shares nothing. */
uint64_t rom_job_cut_size(struct rom_image *img, const struct rom_job_options *options,
	const struct rom_report *report);

/* The scatter file of report into the folder dir of out, its sum to sums (NULL: none). ROM_E_USAGE when there can
 * be none for this dump. */
enum rom_status rom_job_scatter(struct rom_report *r, const struct rom_job_options *o,
	struct rom_out *out, int dir, const char *prefix, FILE *sums, struct rom_err *err);

/* filter.c: a wants() for extractions; ctx is a struct rom_filter. */
bool rom_filter_wants(
	void *ctx, struct rom_fs *fs, const struct rom_inode *inode, const char *path);
bool rom_filter_is_set(const struct rom_filter *f);

/* extract_job.c: the files of all users into the folder dir of out: the first user's directly. *media is set to where
 * they lie. ROM_E_NOT_FOUND when there are none. */
enum rom_status rom_job_media(struct rom_fs *fs, struct rom_out *out, int dir,
	struct rom_extract_options *options, struct rom_report *report,
	struct rom_extract_result *ret, struct rom_err *err);

/* storage_job.c: the files of partitions that are a storage of their own into the folder dir of out: of the first one
 * directly, or each into a folder of its own. Counted in ret, listed in report->media.storages. */
enum rom_status rom_job_storages(struct rom_image *img, bool directly, struct rom_out *out, int dir,
	const struct rom_extract_options *options, struct rom_report *report,
	struct rom_extract_result *ret, struct rom_err *err);

/* ROM_E_WRITE when folder has less than need bytes free. what: said in the message. */
enum rom_status rom_job_check_space(struct rom_out *out, struct rom_image *img, uint64_t need,
	const char *what, struct rom_err *err);

/* A stream in .part/ that is given its place, replacing what is there, when the job is done. */
struct job_file {
	FILE *stream;
	char temp[32];
};
enum rom_status rom_job_file_open(struct rom_out *out, struct job_file *ret, struct rom_err *err);
enum rom_status rom_job_file_place(
	struct rom_out *out, struct job_file *f, const char *name, struct rom_err *err);

#endif
