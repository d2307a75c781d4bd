// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* irq-mips-gic.c, and the registers that one shared interrupt has. */
#include <linux/types.h>
#define cpu_has_veic 0 /* MIPS's names that the driver uses */
#define cpu_has_vint 0
#define MIPS_CPU_IRQ_BASE 0
#define C_SW0 0
#define C_SW1 0
#define ST0_IM 0
#define CM_GCR_GIC_BASE_GICEN 0
static int cp0_compare_irq, cp0_perfcount_irq, cp0_fdc_irq;
static void (*board_bind_eic_interrupt)(int irq, int set);
static struct { int cluster; } cpu_data[1]; /* one cluster, since 6.13 */
#define current_cpu_data cpu_data[0]
#define cpu_cluster(cpu) ((cpu)->cluster)
#define mips_cps_numcores(cluster) 1
#define CM_GCR_Cx_OTHER_BLOCK_GLOBAL 0
#define _ASM_X86_TRAPS_H /* asm/traps.h: nothing of it is on the path */
#define __ioread64_copy(to, from, count) kc_copy((u64 *)(to), from, count)
static void kc_copy(u64 *to, const void __iomem *from, unsigned count);
#include "claim.h"
#define irq_linear_revmap(domain, source) (source) /* before 5.16 */
#include "../lib/find_bit.c"
#include "../lib/bitmap.c"
#include "../drivers/irqchip/irq-mips-gic.c"

#define SOURCE 3
#define REGISTERS 0x10000000UL

const char *const kc_chip = "mips-gic";
static struct irq_domain domain = { .ops = &gic_irq_domain_ops };

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	mips_gic_base = (void __iomem *)REGISTERS;
	gic_shared_intrs = GIC_MAX_INTRS;
	data->domain = &domain;
	irq_domain_set_info(&domain, irq, GIC_SHARED_TO_HWIRQ(SOURCE), &gic_level_irq_controller, NULL, handle_level_irq,
			    NULL, NULL);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_HIGH);
}

void kc_chip_accept(void)
{
	kc_enter(gic_irq_dispatch(&kc_cpu_desc));
}

static void kc_copy(u64 *to, const void __iomem *from, unsigned count)
{
	while (count--) {
		*to++ = __raw_readq(from);
		from += 8;
	}
}

void kc_chip_fields(void) { }
void kc_chip_forget(void) { }

/* The bits that say how the source is: registers that are read and written, one bit a source. */
static const char *kc_configuration(unsigned long address)
{
	if (address == REGISTERS + 0x100)
		return "GIC_SH_POL";
	if (address == REGISTERS + 0x180)
		return "GIC_SH_TRIG";
	return address == REGISTERS + 0x200 ? "GIC_SH_DUAL" : NULL;
}

#define PENDING (REGISTERS + 0x480)
#define LOCAL_PENDING (REGISTERS + MIPS_GIC_LOCAL_OFS + 4)
#define LOCAL_MASK (REGISTERS + MIPS_GIC_LOCAL_OFS + 8)

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	if (address == LOCAL_PENDING || address == LOCAL_MASK) {
		kc_operation(KC_READ, address == LOCAL_PENDING ? "GIC_VL_PEND" : "GIC_VL_MASK");
		return 0;
	}
	if (address >= PENDING && address < PENDING + GIC_MAX_INTRS / 8) {
		kc_operation(KC_READ, "GIC_SH_PEND");
		return address == PENDING && kc_claim(GIC_SHARED_TO_HWIRQ(SOURCE), 0) ? BIT(SOURCE) : 0;
	}
	if (kc_configuration(address)) {
		kc_operation(KC_READ, kc_configuration(address));
		return address == REGISTERS + 0x100 ? GIC_POL_ACTIVE_HIGH << SOURCE : 0;
	}
	kc_finding("the driver reads a register that is not there");
	return 0;
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	if (kc_configuration(address)) {
		if (value != (address == REGISTERS + 0x100 ? GIC_POL_ACTIVE_HIGH << SOURCE : 0))
			return kc_finding("the source does not become a level that is high");
		kc_operation(KC_WRITE, kc_configuration(address));
		return;
	}
	if (value != BIT(SOURCE))
		return kc_finding("another source is changed");
	switch (address) {
	case REGISTERS + 0x300:
		kc_operation(KC_WRITE, "GIC_SH_RMASK");
		kc_access(KC_MASK);
		return;
	case REGISTERS + 0x380:
		kc_operation(KC_WRITE, "GIC_SH_SMASK");
		kc_access(KC_UNMASK);
		return;
	}
	kc_finding("the driver writes a register that is not there");
}
