// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* mpic.c, and the registers that one external source has. */
#define CONFIG_MPIC 1
#include <linux/types.h>
#define in_be32(address) kc_mmio_read((unsigned long)(address), 4)
#define in_le32 in_be32
#define out_be32(address, value) kc_mmio_write((unsigned long)(address), value, 4)
#define out_le32 out_be32
#define in_8(address) kc_mmio_read((unsigned long)(address), 1)
unsigned long kc_mmio_read(unsigned long address, int bytes);
void kc_mmio_write(unsigned long address, unsigned long value, int bytes);
#include "claim.h"
#ifndef hard_smp_processor_id /* since 7.x ARCH=um has none without SMP */
#define hard_smp_processor_id() 0
#endif
#define irq_linear_revmap(domain, source) (source)
#include "../arch/powerpc/sysdev/mpic.c"

#define SOURCE 3
#define SOURCES 0x10000000UL
#define CPU 0x20000000UL
#define VECTOR_PRI (SOURCES + SOURCE * MPIC_IRQ_STRIDE + MPIC_IRQ_VECTOR_PRI)

const char *const kc_chip = "mpic";
static struct mpic mpic;
static struct irq_domain domain = { .ops = &mpic_host_ops, .host_data = &mpic };

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	mpic.hc_irq = mpic_irq_chip;
	mpic.num_sources = SOURCE + 1;
	mpic.spurious_vec = 255;
	mpic.isu_shift = 8;
	mpic.isu_mask = 255;
	mpic.isus[0].base = (void __iomem *)SOURCES;
	mpic.cpuregs[0].base = (void __iomem *)CPU;
	data->domain = &domain;
	irq_domain_set_info(&domain, irq, SOURCE, &mpic.hc_irq, &mpic, handle_fasteoi_irq, NULL, NULL);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_LOW);
}

void kc_chip_accept(void)
{
	kc_enter(kc_entered(mpic_get_one_irq(&mpic)));
}

void kc_chip_fields(void) { }
void kc_chip_forget(void) { }

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	if (address == CPU + MPIC_CPU_WHOAMI)
		return 0;
	if (address == CPU + MPIC_CPU_INTACK) {
		kc_operation(KC_READ, "MPIC_CPU_INTACK");
		return kc_claim(SOURCE, mpic.spurious_vec);
	}
	if (address != VECTOR_PRI) {
		kc_finding("the driver reads a register that is not there");
		return 0;
	}
	kc_operation(KC_READ, "MPIC_IRQ_VECTOR_PRI");
	return MPIC_VECPRI_SENSE_LEVEL | MPIC_VECPRI_POLARITY_NEGATIVE | (kc_pin_has("MASK") ? MPIC_VECPRI_MASK : 0);
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	if (address == CPU + MPIC_CPU_EOI) {
		kc_operation(KC_WRITE, "MPIC_CPU_EOI");
		kc_access(KC_EOI);
		return;
	}
	if (address != VECTOR_PRI)
		return kc_finding("the driver writes a register that is not there");
	value &= MPIC_VECPRI_MASK;
	kc_operation(KC_WRITE, value ? "MPIC_IRQ_VECTOR_PRI: masked" : "MPIC_IRQ_VECTOR_PRI: unmasked");
	kc_access(value ? KC_MASK : KC_UNMASK);
}
