/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Accessors of the registers that are one for all interrupts; those that are one for each come with mips-gic.h. */
#define __MIPS_ASM_MIPS_CPS_H__
#define CPS_ACCESSOR_RO(unit, bits, offset, name) \
	static inline u64 read_##unit##_##name(void) \
	{ \
		return bits == 64 ? __raw_readq(mips_##unit##_base + (offset)) : __raw_readl(mips_##unit##_base + (offset)); \
	}
#define CPS_ACCESSOR_RW CPS_ACCESSOR_RO
#define mips_cm_is64 1
#include <asm/mips-gic.h>
