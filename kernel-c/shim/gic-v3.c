// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* irq-gic-v3.c, the registers that one shared peripheral interrupt has, and the CPU interface's system registers. */
#define __exception_irq_entry
#define isb() barrier()
#define dsb(kind) barrier()
#define write_gicreg(value, name) kc_system_register(value, #name)
#define gic_write_dir(value) kc_system_register(value, "ICC_DIR_EL1")
#define gic_write_eoir(value) kc_system_register(value, "ICC_EOIR1_EL1") /* 5.10 */
#define gic_read_iar() kc_read_iar()
#define gic_prio_masking_enabled() false
#define gic_unmask_pnmis() /* the same, since 7.x */
#include <linux/sizes.h>
#include <linux/types.h>
static void kc_system_register(u32 value, const char *name);
static u32 kc_read_iar(void);
#include "claim.h"
#include "../drivers/irqchip/irq-gic-v3.c"
#include "../drivers/irqchip/irq-gic-common.c"

#define SOURCE 35
#define DISTRIBUTOR 0x10000000UL

const char *const kc_chip = "gic-v3";
static struct irq_domain domain = { .ops = &gic_irq_domain_ops };

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	if (!kc_option("gicv3-eoimode1"))
		static_branch_disable(&supports_deactivate_key);
	gic_data.dist_base = (void __iomem *)DISTRIBUTOR;
	data->domain = &domain;
	gic_irq_domain_map(&domain, irq, SOURCE);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_HIGH);
}

void kc_chip_accept(void)
{
	kc_enter(gic_handle_irq(NULL));
}

static u32 kc_read_iar(void)
{
	kc_operation(KC_READ, "ICC_IAR1_EL1");
	return kc_claim(SOURCE, ICC_IAR1_EL1_SPURIOUS);
}

void kc_chip_fields(void) { }
void kc_chip_forget(void) { }

/* In EOImode 1, the EOI register drops the priority alone. */
static void kc_system_register(u32 value, const char *name)
{
	if (value != SOURCE)
		return kc_finding("another source is ended");
	if (!strcmp(name, "ICC_EOIR1_EL1") && kc_option("gicv3-eoimode1"))
		return kc_operation(KC_WRITE, "ICC_EOIR1_EL1: priority drop");
	kc_operation(KC_WRITE, name);
	kc_access(KC_EOI);
}

#define WORD(base) (DISTRIBUTOR + (base) + SOURCE / 32 * 4)
#define BIT_OF_SOURCE BIT(SOURCE % 32)

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	switch (address) {
	case DISTRIBUTOR + GICD_CTLR:
		kc_operation(KC_READ, "GICD_CTLR");
		return 0;
	case WORD(GICD_ISACTIVER):
		kc_operation(KC_READ, "GICD_ISACTIVER");
		return kc_pin_has("ACTIVE") ? BIT_OF_SOURCE : 0;
	case DISTRIBUTOR + GICD_ICFGR + SOURCE / 16 * 4:
		kc_operation(KC_READ, "GICD_ICFGR");
		return 0;
	}
	kc_finding("the driver reads a register that is not there");
	return 0;
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	if (value != BIT_OF_SOURCE)
		return kc_finding("another source is changed");
	switch (address) {
	case WORD(GICD_ISENABLER):
		kc_operation(KC_WRITE, "GICD_ISENABLER");
		kc_access(KC_UNMASK);
		return;
	case WORD(GICD_ICENABLER):
		kc_operation(KC_WRITE, "GICD_ICENABLER");
		kc_access(KC_MASK);
		return;
	}
	kc_finding("the driver writes a register that is not there");
}
