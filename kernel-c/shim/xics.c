// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* xics/icp-native.c and ics-opal.c: the presentation controller's XIRR, and the source behind OPAL. */
#include "xics.h"
#include "../arch/powerpc/sysdev/xics/icp-native.c"
#include "../arch/powerpc/sysdev/xics/ics-opal.c"

const char *const kc_chip = "xics";

int64_t opal_set_xive(u32 source, u16 server, u8 priority)
{
	if (source != SOURCE)
		kc_finding("another source is changed");
	kc_operation(KC_FIRMWARE, priority == 0xff ? "OPAL_SET_XIVE: priority 0xff" : "OPAL_SET_XIVE: a priority");
	kc_access(priority == 0xff ? KC_MASK : KC_UNMASK);
	return OPAL_SUCCESS;
}

void kc_chip_boot(unsigned irq)
{
	icp_native_regs[0] = (void __iomem *)ICP;
	ics_opal_irq_chip.irq_eoi = icp_native_eoi; /* by ics_opal_init */
	boot(irq, &ics_opal_irq_chip);
}

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	if (address != ICP + 4)
		kc_finding("the driver reads a register that is not there");
	kc_operation(KC_READ, "XIRR");
	return kc_claim(SOURCE, XICS_IRQ_SPURIOUS);
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	if (address != ICP + 4 || bytes != 4)
		return kc_finding("the driver writes a register that is not there");
	if ((u32)value != ((u32)LOWEST_PRIORITY << 24 | SOURCE))
		kc_finding("another source is ended, or with another priority");
	kc_operation(KC_WRITE, "XIRR");
	kc_access(KC_EOI);
}

void kc_chip_accept(void)
{
	kc_enter(kc_entered(icp_native_get_irq()));
}
