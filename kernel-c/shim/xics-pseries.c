// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* xics/icp-hv.c and ics-rtas.c: both controllers behind the hypervisor. */
#include "xics.h"
#include "../arch/powerpc/sysdev/xics/icp-hv.c"
#include "../arch/powerpc/sysdev/xics/ics-rtas.c"

const char *const kc_chip = "xics-pseries";
enum { GET_XIVE = 1, SET_XIVE, INT_ON, INT_OFF };

int rtas_call(int token, int inputs, int outputs, int *results, ...)
{
	unsigned source, server, priority;
	va_list arguments;

	va_start(arguments, results);
	source = va_arg(arguments, unsigned);
	if (source != SOURCE)
		kc_finding("another source is changed");
	switch (token) {
	case SET_XIVE: /* changes nothing while the source is off, and the driver turns it off and on */
		server = va_arg(arguments, unsigned);
		priority = va_arg(arguments, unsigned);
		kc_operation(KC_FIRMWARE, priority == 0xff ? "ibm,set-xive: priority 0xff" : "ibm,set-xive: a priority");
		break;
	case INT_OFF:
		kc_operation(KC_FIRMWARE, "ibm,int-off");
		kc_access(KC_MASK);
		break;
	case INT_ON:
		kc_operation(KC_FIRMWARE, "ibm,int-on");
		kc_access(KC_UNMASK);
		break;
	default:
		kc_finding("the driver calls a service that is not there");
	}
	va_end(arguments);
	return 0;
}

long plpar_hcall_norets(unsigned long call, ...)
{
	va_list arguments;
	u32 xirr;

	va_start(arguments, call);
	xirr = va_arg(arguments, u32);
	va_end(arguments);
	if (call != H_EOI)
		kc_finding("the driver calls the hypervisor for something else");
	if (xirr != ((u32)LOWEST_PRIORITY << 24 | SOURCE))
		kc_finding("another source is ended, or with another priority");
	kc_operation(KC_FIRMWARE, "H_EOI");
	kc_access(KC_EOI);
	return H_SUCCESS;
}

long plpar_hcall(unsigned long call, unsigned long *results, ...)
{
	if (call != H_XIRR)
		kc_finding("the driver calls the hypervisor for something else");
	kc_operation(KC_FIRMWARE, "H_XIRR");
	results[0] = kc_claim(SOURCE, XICS_IRQ_SPURIOUS);
	return H_SUCCESS;
}

void kc_chip_boot(unsigned irq)
{
	ibm_get_xive = GET_XIVE;
	ibm_set_xive = SET_XIVE;
	ibm_int_on = INT_ON;
	ibm_int_off = INT_OFF;
	ics_rtas_irq_chip.irq_eoi = icp_hv_eoi; /* by ics_rtas_init */
	boot(irq, &ics_rtas_irq_chip);
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
	kc_enter(kc_entered(icp_hv_get_irq()));
}
