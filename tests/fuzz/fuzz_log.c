/* SPDX-License-Identifier: MIT */
/* fuzz_log.c - SP Flash Tool's logs: errors and partition lists, and the
 * scatter files made of these */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "romsplit/flash_log.h"

static unsigned lines_of(const uint8_t *data, size_t size)
{
	unsigned n = size && data[size - 1] != '\n';

	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return n;
}

static void check_list(const struct rom_log_partition *v, size_t n)
{
	struct rom_scatter s;
	struct rom_table medium = { .kind = ROM_TABLE_GPT };
	struct rom_scatter_place *places;
	FILE *out = fopen("/dev/null", "w");

	fuzz_assert(out && n <= 1024);
	for (size_t i = 0; i < n; i++)
		fuzz_assert(v[i].name && strlen(v[i].name) <= 64);
	rom_log_scatter(v, n, &s);
	fuzz_assert(s.sections.n == 1 && s.sections.v[0].rows.n == n);
	places = rom_scatter_places(&s, &s.sections.v[0], &medium);
	rom_scatter_print(&s, out);
	free(places);
	rom_scatter_done(&s);
	fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	ROM_AUTO char *path = rom_format("/proc/self/fd/%d", fd);
	unsigned lines = lines_of(data, size);
	struct rom_log log;
	struct rom_err err;

	fuzz_assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	fuzz_assert(!rom_log_read(path, &log, &err));
	fuzz_assert(log.errors.n == log.lines.n);
	for (size_t i = 0; i < log.errors.n; i++) {
		fuzz_assert(log.errors.v[i] && log.errors.v[i]->meaning);
		fuzz_assert(log.lines.v[i] >= 1 && log.lines.v[i] <= lines);
	}
	check_list(log.phone.v, log.phone.n);
	check_list(log.scatter.v, log.scatter.n);
	rom_log_done(&log);
	close(fd);
	return 0;
}

uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	static const char *const texts[] = {
		"07/11/2019 BROM_DLL[5444][6320]: PART[ 0](PRELOADER           "
		") - offset (0x0000000000000000) - size "
		"(0x0000000000C00000) - partID (1) - mask (0x0)\n"
		"07/11/2019 BROM_DLL[5444][6320]: PART[ 1](MBR                 "
		") - offset (0x0000000000C00000) - size "
		"(0x0000000000080000) - partID (8) - mask (0x0)\n"
		"07/11/2019 BROM_DLL[5444][6320]: NEW_PART[ 0](PRELOADER) - "
		"offset (0x0000000000000000) - size "
		"(0x0000000000C00000) - part_id (0x1) - mask (0x0)\n"
		"07/11/2019 BROM_DLL[5444][6320]: NEW_PART[ 1](BMTPOOL) - "
		"offset (0x00000000FFFF00A8) - size "
		"(0x0000000001500000) - part_id (0x8) - mask (0x0)\n"
		"PMT changed for the ROM; it must be downloaded. (4050) "
		"error\n",
		"ERROR : S_FT_NEED_DOWNLOAD_ALL_FAIL (4050)\r\n[EMI] status: "
		"0xC0060003\r\nSTATUS_DA_HASH_MISMATCH\r\n"
		"failed: 5054 8038 4032 S_BROM_CMD_STARTCMD_FAIL "
		"0xC003000A\r\n",
		"PART[ 0]() - offset () - size ()\nPART[ 0](a) - offset (0x) - "
		"size (0x1)\n"
		"NEW_PART[ 4294967296](b) - offset (-1) - size "
		"(99999999999999999999999)\n"
		"PART[ 7](\xff\xfe) - offset (0xffffffffffffffff) - size "
		"(0xffffffffffffffff) - partID (77)\n",
	};
	ROM_AUTO char *text = NULL;

	/* one line as long as many; the second error's number must be 2 */
	if (i == 3) {
		text = rom_alloc(20000);
		memset(text, 'x', 19000);
		strcpy(text + 19000, "\nS_FT_NEED_DOWNLOAD_ALL_FAIL\n");
	} else if (i > 3) {
		return NULL;
	} else {
		text = rom_strdup(texts[i]);
	}
	*len = strlen(text);
	return (uint8_t *)ROM_TAKE(text);
}
