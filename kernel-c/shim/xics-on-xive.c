// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* xics/icp-opal.c and ics-opal.c on firmware that makes both controllers out of a XIVE. */
#include "xics.h"
#include "../arch/powerpc/sysdev/xics/icp-opal.c"
#include "../arch/powerpc/sysdev/xics/ics-opal.c"

const char *const kc_chip = "xics-on-xive";

/* skiboot: the event assignment, and the source if the priority became 0xff or ceased to be. */
int64_t opal_set_xive(u32 source, u16 server, u8 priority)
{
	int masked = priority == 0xff, was_masked = kc_pin_has("EAS_MASKED");

	if (source != SOURCE)
		kc_finding("another source is changed");
	kc_operation(KC_FIRMWARE, masked ? "OPAL_SET_XIVE: priority 0xff" : "OPAL_SET_XIVE: a priority");
	kc_access(masked ? KC_MASK : KC_UNMASK);
	if (masked != was_masked)
		kc_access(masked ? KC_SET_PQ_1 : KC_SET_PQ_0);
	return OPAL_SUCCESS;
}

/* It leaves a source alone that is masked, and says that there is nothing more to fetch. */
int64_t opal_int_eoi(u32 xirr)
{
	if ((xirr & 0xffffff) != SOURCE || xirr >> 24 != LOWEST_PRIORITY)
		kc_finding("another source is ended, or with another priority");
	kc_operation(KC_FIRMWARE, "OPAL_INT_EOI");
	if (!kc_pin_has("EAS_MASKED"))
		kc_access(KC_EOI);
	return 0;
}

int64_t opal_int_get_xirr(__be32 *xirr, bool just_poll)
{
	kc_operation(KC_FIRMWARE, "OPAL_INT_GET_XIRR");
	*xirr = cpu_to_be32(kc_claim(SOURCE, XICS_IRQ_SPURIOUS));
	return 0;
}

void kc_chip_boot(unsigned irq)
{
	ics_opal_irq_chip.irq_eoi = icp_opal_eoi; /* by ics_opal_init */
	boot(irq, &ics_opal_irq_chip);
}

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	kc_finding("the driver reads a register that is not there");
	return 0;
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	kc_finding("the driver writes a register that is not there");
}

void kc_chip_accept(void)
{
	kc_enter(kc_entered(icp_opal_get_irq()));
}
