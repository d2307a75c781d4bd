// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* irq-sifive-plic.c, and the registers that its line has. */
#define RV_IRQ_EXT 9 /* RISC-V's names that setting it up from a device tree uses */
#define INVALID_HARTID (-1UL)
#define INVALID_CONTEXT (-1)
struct fwnode_handle;
struct fwnode_handle *riscv_get_intc_hwnode(void);
int riscv_acpi_get_gsi_info(), riscv_hartid_to_cpuid(), riscv_of_parent_hartid();
int acpi_rintc_get_plic_nr_contexts();
unsigned int acpi_rintc_get_plic_context();
unsigned long acpi_rintc_ext_parent_to_hartid();
#include "claim.h"
#include "../drivers/irqchip/irq-sifive-plic.c"
#include <linux/version.h>

#ifndef CONTEXT_ENABLE_BASE /* 5.10 */
#define CONTEXT_ENABLE_BASE ENABLE_BASE
#define CONTEXT_ENABLE_SIZE ENABLE_PER_HART
#define CONTEXT_SIZE CONTEXT_PER_HART
#endif
#define SOURCE 3
#define REGISTERS 0x10000000UL
#define CONTEXT 1 /* the supervisor context of hart 0 */

const char *const kc_chip = "plic";
static struct plic_priv priv;
static u32 enable_save[1]; /* the enable words, as written last */

void kc_chip_boot(unsigned irq)
{
	struct plic_handler *handler = this_cpu_ptr(&plic_handlers);
	struct irq_data *data = irq_get_irq_data(irq);

	priv.regs = (void __iomem *)REGISTERS;
	cpumask_set_cpu(0, &priv.lmask);
	handler->present = true;
	handler->priv = &priv;
	handler->hart_base = priv.regs + CONTEXT_BASE + CONTEXT * CONTEXT_SIZE;
	handler->enable_base = priv.regs + CONTEXT_ENABLE_BASE + CONTEXT * CONTEXT_ENABLE_SIZE;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	handler->enable_save = enable_save;
#endif
	raw_spin_lock_init(&handler->enable_lock);
	data->hwirq = SOURCE;
	data->chip_data = &priv;
	irq_set_chip_and_handler(irq, &plic_chip, handle_fasteoi_irq);
	/* A device tree's line has one cell, and so no type: nobody sets IRQ_LEVEL. */
}

void kc_chip_accept(void)
{
	kc_enter(plic_handle_irq(&kc_cpu_desc));
}

void kc_chip_fields(void) { kc_field("drv", 0); }
void kc_chip_forget(void) { }

#define PRIORITY (REGISTERS + PRIORITY_BASE + SOURCE * PRIORITY_PER_ID)
#define ENABLE (REGISTERS + CONTEXT_ENABLE_BASE + CONTEXT * CONTEXT_ENABLE_SIZE)
#define CLAIM (REGISTERS + CONTEXT_BASE + CONTEXT * CONTEXT_SIZE + CONTEXT_CLAIM)

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	if (address == CLAIM) {
		kc_operation(KC_READ, "CONTEXT_CLAIM");
		return kc_claim(SOURCE, 0);
	}
	if (address != ENABLE)
		kc_stop("the driver reads a register that is not there", "");
	kc_operation(KC_READ, "CONTEXT_ENABLE_BASE");
	return kc_pin_has("ENABLED") ? BIT(SOURCE) : 0;
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	switch (address) {
	case PRIORITY:
		kc_operation(KC_WRITE, value ? "PRIORITY_BASE: 1" : "PRIORITY_BASE: 0");
		kc_access(value ? KC_UNMASK : KC_MASK);
		break;
	case ENABLE:
		value &= BIT(SOURCE);
		kc_operation(KC_WRITE, value ? "CONTEXT_ENABLE_BASE: enabled" : "CONTEXT_ENABLE_BASE: disabled");
		kc_access(value ? KC_ENABLE : KC_DISABLE);
		break;
	case CLAIM:
		if (value != SOURCE)
			kc_stop("another source is completed", "");
		kc_operation(KC_WRITE, "CONTEXT_CLAIM: complete");
		kc_access(KC_EOI);
		break;
	default:
		kc_stop("the driver writes a register that is not there", "");
	}
}
