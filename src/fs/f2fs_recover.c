/* SPDX-License-Identifier: MIT */
#include "f2fs_priv.h"
void rom_f2fs_recover(struct f2fs_fs *f)
{
	(void)f;
}
