// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* irq-riscv-aplic-direct.c and irq-riscv-aplic-main.c. */
#define RV_IRQ_EXT 9 /* RISC-V's names that setting it up from a device tree uses */
#define INVALID_HARTID (-1UL)
struct fwnode_handle;
struct fwnode_handle *riscv_get_intc_hwnode(void);
#include "claim.h"
#include "../drivers/irqchip/irq-riscv-aplic-main.c"
#include "../drivers/irqchip/irq-riscv-aplic-direct.c"
#include "aplic.h"

const char *const kc_chip = "aplic-direct";
static struct aplic_direct direct;
static struct irq_domain domain = { .ops = &aplic_direct_irqdomain_ops };

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	direct.priv.regs = (void __iomem *)REGISTERS;
	boot_sources(&direct.priv);
	this_cpu_ptr(&aplic_idcs)->direct = &direct;
	this_cpu_ptr(&aplic_idcs)->regs = (void __iomem *)IDC;
	data->domain = &domain;
	irq_domain_set_info(&domain, irq, SOURCE, &aplic_direct_chip, &direct.priv, handle_fasteoi_irq, NULL, NULL);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_HIGH);
}

void kc_chip_accept(void)
{
	kc_enter(aplic_direct_handle_irq(&kc_cpu_desc));
}
