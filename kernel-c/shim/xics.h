/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* POWER's names that the drivers of an XICS use, and one LSI. */
#define CONFIG_PPC_ICP_NATIVE 1
#define CONFIG_PPC_ICP_HV 1
#define CONFIG_PPC_ICS_RTAS 1
#define CONFIG_PPC_POWERNV 1
#include <linux/types.h>
#define firmware_has_feature(feature) 0
#define kvmppc_get_xics_latch() 0 /* an interrupt that KVM took on its way out of a guest */
#define iosync() barrier()
#define in_be32(address) kc_mmio_read((unsigned long)(address), 4)
#define out_be32(address, value) kc_mmio_write((unsigned long)(address), value, 4)
#define out_8(address, value) kc_mmio_write((unsigned long)(address), value, 1)
#define get_hard_smp_processor_id(cpu) (cpu)
#define rtas_function_token(function) 0
#define RTAS_UNKNOWN_SERVICE (-1)
#define rtas_call_reentrant rtas_call /* before 6.6 */
int rtas_call(int token, int inputs, int outputs, int *results, ...);
extern int boot_cpuid;
unsigned long kc_mmio_read(unsigned long address, int bytes);
void kc_mmio_write(unsigned long address, unsigned long value, int bytes);
#include "claim.h"
#include "../arch/powerpc/sysdev/xics/xics-common.c"

#define SOURCE 0x1003
#define ICP 0x10000000UL

static struct irq_domain domain = { .ops = &xics_host_ops };

static void boot(unsigned irq, struct irq_chip *chip)
{
	struct irq_data *data = irq_get_irq_data(irq);

	this_cpu_ptr(&xics_cppr)->stack[0] = LOWEST_PRIORITY;
	data->domain = &domain;
	irq_domain_set_info(&domain, irq, SOURCE, chip, NULL, handle_fasteoi_irq, NULL, NULL);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_LOW);
}

void kc_chip_fields(void) { }
void kc_chip_forget(void) { }
