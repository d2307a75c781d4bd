// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* x86's i8259.c, and the registers of the pair of 8259A. The line is on the second chip, as PCI's lines are. */
#include <linux/io.h>
#undef inb
#undef outb
#define inb(port) kc_mmio_read(port, 1)
#define outb(value, port) kc_mmio_write(port, value, 1)
unsigned long kc_mmio_read(unsigned long address, int bytes);
void kc_mmio_write(unsigned long address, unsigned long value, int bytes);
#include <linux/atomic.h>
static atomic_t irq_err_count; /* for /proc/interrupts */
#define IRQ_COUNT_PIC_APIC_ERROR 0 /* the same, since 7.2 */
#include "../arch/x86/kernel/i8259.c"
#include "../engine/engine.h"

const char *const kc_chip = "i8259";
static unsigned source; /* the input of the second chip */
static int reads_isr KC_STATE; /* OCW3 has chosen the in-service register */

void kc_chip_boot(unsigned irq)
{
	source = irq - 8;
	irq_set_chip_and_handler(irq, &i8259A_chip, handle_level_irq);
	irq_set_status_flags(irq, IRQ_LEVEL);
}

void kc_chip_accept(void) { kc_access(KC_ACCEPT); } /* the CPU gets the vector without asking */
void kc_chip_fields(void) { }
void kc_chip_forget(void) { atomic_set(&irq_err_count, 0); }

unsigned long kc_mmio_read(unsigned long port, int bytes)
{
	switch (port) {
	case PIC_SLAVE_IMR:
		kc_operation(KC_READ, "PIC_SLAVE_IMR");
		return kc_pin_has("IMR") ? BIT(source) : 0;
	case PIC_SLAVE_CMD:
		kc_operation(KC_READ, reads_isr ? "PIC_SLAVE_CMD: ISR" : "PIC_SLAVE_CMD: IRR");
		return kc_pin_has(reads_isr ? "ISR" : "LINE") ? BIT(source) : 0;
	}
	kc_finding("the driver reads a port that is not there");
	return 0;
}

void kc_mmio_write(unsigned long port, unsigned long value, int bytes)
{
	switch (port) {
	case PIC_SLAVE_IMR:
		value &= BIT(source);
		kc_operation(KC_WRITE, value ? "PIC_SLAVE_IMR: masked" : "PIC_SLAVE_IMR: unmasked");
		kc_access(value ? KC_MASK : KC_UNMASK);
		return;
	case PIC_SLAVE_CMD:
		if (value == 0x0a || value == 0x0b) {
			reads_isr = value == 0x0b;
			kc_operation(KC_WRITE, reads_isr ? "PIC_SLAVE_CMD: ISR is read" : "PIC_SLAVE_CMD: IRR is read");
			return;
		}
		if (value != 0x60 + source)
			return kc_finding("another source is ended");
		kc_operation(KC_WRITE, "PIC_SLAVE_CMD: specific EOI");
		kc_access(KC_EOI);
		return;
	case PIC_MASTER_CMD:
		if (value != 0x60 + PIC_CASCADE_IR)
			return kc_finding("another source of the first chip is ended");
		kc_operation(KC_WRITE, "PIC_MASTER_CMD: specific EOI of the cascade");
		return;
	}
	kc_finding("the driver writes a port that is not there");
}
