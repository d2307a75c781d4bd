/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The registers that are one for each interrupt come with mips-gic.h; nothing else is on the path. */
#define __MIPS_ASM_MIPS_CPS_H__
#define CPS_ACCESSOR_RO(unit, bits, offset, name)
#define CPS_ACCESSOR_RW(unit, bits, offset, name)
#define mips_cm_is64 0
#include <asm/mips-gic.h>
