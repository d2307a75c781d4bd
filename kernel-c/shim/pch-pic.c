// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* irq-loongson-pch-pic.c on the callbacks of irq-loongson-eiointc.c for one interrupt, which are empty (see build.sh). */
#define MAX_IO_PICS 1 /* LoongArch's name that the driver uses */
#include "../drivers/irqchip/irq-loongson-pch-pic.c"
#define eiointc_set_irq_affinity NULL
#include "eiointc.h"
#include "../engine/engine.h"

#define SOURCE 3
#define REGISTERS 0x10000000UL

const char *const kc_chip = "pch-pic";
static struct pch_pic pic;
static struct irq_domain domain = { .ops = &pch_pic_domain_ops };
static struct irq_data parent;

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	pic.base = (void __iomem *)REGISTERS;
#ifdef PIC_UNDEF_VECTOR /* since 6.11 a table says which bit a source has */
	pic.table[SOURCE] = SOURCE;
#endif
	raw_spin_lock_init(&pic.pic_lock);
	parent.irq = irq;
	parent.common = data->common;
	parent.chip = &eiointc_irq_chip;
	data->parent_data = &parent;
	data->domain = &domain;
	irq_domain_set_info(&domain, irq, SOURCE, &pch_pic_irq_chip, &pic, handle_level_irq, NULL, NULL);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_HIGH);
}

/* In the place of eiointc_irq_dispatch: four words, of which the last has the vector. */
void kc_chip_accept(void)
{
	int word;

	for (word = 0; word < 256 / 64; word++)
		kc_operation(KC_READ, "EIOINTC_REG_ISR");
	kc_operation(KC_WRITE, "EIOINTC_REG_ISR");
	kc_access(KC_ACCEPT);
}

void kc_chip_fields(void) { }
void kc_chip_forget(void) { }

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	switch (address) {
	case REGISTERS + PCH_PIC_MASK:
		kc_operation(KC_READ, "PCH_PIC_MASK");
		return kc_pin_has("MASK") ? BIT(SOURCE) : 0;
	case REGISTERS + PCH_PIC_EDGE:
		kc_operation(KC_READ, "PCH_PIC_EDGE");
		return 0;
	case REGISTERS + PCH_PIC_POL:
		kc_operation(KC_READ, "PCH_PIC_POL");
		return 0;
	}
	kc_finding("the driver reads a register that is not there");
	return 0;
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	value &= BIT(SOURCE);
	if (value && (address == REGISTERS + PCH_PIC_EDGE || address == REGISTERS + PCH_PIC_POL))
		return kc_finding("the source does not become a level that is high");
	switch (address) {
	case REGISTERS + PCH_PIC_MASK:
		kc_operation(KC_WRITE, value ? "PCH_PIC_MASK: masked" : "PCH_PIC_MASK: unmasked");
		kc_access(value ? KC_MASK : KC_UNMASK);
		return;
	case REGISTERS + PCH_PIC_CLR: /* acts on edge pins only */
		kc_operation(KC_WRITE, "PCH_PIC_CLR");
		return;
	case REGISTERS + PCH_PIC_EDGE:
		kc_operation(KC_WRITE, "PCH_PIC_EDGE");
		return;
	case REGISTERS + PCH_PIC_POL:
		kc_operation(KC_WRITE, "PCH_PIC_POL");
		return;
	}
	kc_finding("the driver writes a register that is not there");
}
