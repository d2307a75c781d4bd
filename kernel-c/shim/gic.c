// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* irq-gic.c, and the registers that one shared peripheral interrupt has. */
#define CONFIG_ARM_GIC_MAX_NR 1 /* Arm's names that the rest of the driver uses */
#define __exception_irq_entry
#define isb() barrier()
#include <linux/sizes.h>
#include <linux/version.h>
#include "claim.h"
#include "../drivers/irqchip/irq-gic.c"
#include "../drivers/irqchip/irq-gic-common.c"

#define SOURCE 35
#define DISTRIBUTOR 0x10000000UL
#define INTERFACE 0x20000000UL

const char *const kc_chip = "gic";
static struct irq_domain domain = { .ops = &gic_irq_domain_hierarchy_ops };

void kc_chip_boot(unsigned irq)
{
	struct gic_chip_data *gic = &gic_data[0];
	struct irq_data *data = irq_get_irq_data(irq);

	if (!kc_option("gicv2-eoimode1"))
		static_branch_disable(&supports_deactivate_key);
	gic->dist_base.common_base = (void __iomem *)DISTRIBUTOR;
	gic->cpu_base.common_base = (void __iomem *)INTERFACE;
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
	gic_init_chip(gic, NULL, "GICv2", kc_option("gicv2-eoimode1"));
#endif
	domain.host_data = gic;
	data->domain = &domain;
	gic_irq_domain_map(&domain, irq, SOURCE);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_HIGH);
}

void kc_chip_accept(void)
{
	kc_enter(gic_handle_irq(NULL));
}

void kc_chip_fields(void) { }
void kc_chip_forget(void) { }

#define WORD(base) (DISTRIBUTOR + (base) + SOURCE / 32 * 4)
#define BIT_OF_SOURCE BIT(SOURCE % 32)

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	switch (address) {
	case WORD(GIC_DIST_ACTIVE_SET):
		kc_operation(KC_READ, "GICD_ISACTIVER");
		return kc_pin_has("ACTIVE") ? BIT_OF_SOURCE : 0;
	case DISTRIBUTOR + GIC_DIST_CONFIG + SOURCE / 16 * 4:
		kc_operation(KC_READ, "GICD_ICFGR");
		return 0;
	case INTERFACE + GIC_CPU_INTACK:
		kc_operation(KC_READ, "GICC_IAR");
		return kc_claim(SOURCE, GICC_INT_SPURIOUS);
	}
	kc_finding("the driver reads a register that is not there");
	return 0;
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	switch (address) {
	case WORD(GIC_DIST_ENABLE_CLEAR):
	case WORD(GIC_DIST_ENABLE_SET):
		if (value != BIT_OF_SOURCE)
			return kc_finding("another source is changed");
		if (address == WORD(GIC_DIST_ENABLE_SET)) {
			kc_operation(KC_WRITE, "GICD_ISENABLER");
			kc_access(KC_UNMASK);
		} else {
			kc_operation(KC_WRITE, "GICD_ICENABLER");
			kc_access(KC_MASK);
		}
		return;
	case INTERFACE + GIC_CPU_EOI:
	case INTERFACE + GIC_CPU_DEACTIVATE:
		if (value != SOURCE)
			return kc_finding("another source is ended");
		if (address == INTERFACE + GIC_CPU_EOI && kc_option("gicv2-eoimode1"))
			return kc_operation(KC_WRITE, "GICC_EOIR: priority drop");
		kc_operation(KC_WRITE, address == INTERFACE + GIC_CPU_EOI ? "GICC_EOIR" : "GICC_DIR");
		kc_access(KC_EOI);
		return;
	}
	kc_finding("the driver writes a register that is not there");
}
