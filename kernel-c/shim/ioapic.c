// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Those functions of apic/io_apic.c that drive one level pin, cut out of the file (see build.sh), with the pin's entry in the
 * redirection table and the local APIC's registers. Behind interrupt remapping, the pin's vector is another one to the local APIC.
 */
#define CONFIG_X86_IO_APIC 1
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/list.h>
#include <linux/msi.h>
#include <linux/io.h>
#include <linux/spinlock.h>
#include "../engine/engine.h"

#define IRQ_COUNT_IOAPIC_MISROUTED 0 /* for /proc/interrupts, since 7.2 */
#define PIN 10
#define VECTOR 0x31
#define REGISTERS 0x10000000UL
#define MAX_IO_APICS 1
#define io_apic_base(index) ((struct io_apic __iomem *)REGISTERS)
#define io_apic_read native_io_apic_read
#define mp_irqdomain_ioapic_idx(domain) 0
#define nr_legacy_irqs() 0 /* a PCI line has a number above those of the 8259A, which its startup masks */
#define irq_complete_move(config)
#define APIC_TMR 0x180
#define irqd_cfg(data) (&config)
static struct irq_cfg { unsigned vector; } config = { VECTOR };
static struct { void (*mask)(unsigned); int (*irq_pending)(unsigned); } *legacy_pic;
static atomic_t irq_mis_count;
static DEFINE_RAW_SPINLOCK(ioapic_lock);

static unsigned long apic_read(unsigned reg)
{
	if (reg != APIC_TMR + VECTOR / 32 * 16)
		kc_finding("the driver reads a register of the local APIC that is not there");
	kc_operation(KC_READ, "APIC_TMR");
	return BIT(VECTOR % 32); /* it came as a level */
}

#define ack_APIC_irq apic_eoi /* before 6.7 */
static void apic_eoi(void)
{
	kc_operation(KC_WRITE, "APIC_EOI");
	kc_access(KC_EOI);
}

struct ioapic_domain_cfg { int type; };
struct mpc_ioapic { unsigned char apicver; };
#include "entry.h"
static void ioapic_setup_msg_from_msi(struct irq_data *data, struct IO_APIC_route_entry *entry)
{
	entry->vector = VECTOR;
}
#include "vector.h"
#include "io_apic.h"

const char *const kc_chip = "ioapic";
static struct irq_domain_ops ops = { .activate = mp_irqdomain_activate, .deactivate = mp_irqdomain_deactivate };
static struct irq_domain domain = { .ops = &ops };
static struct mp_chip_data chip_data = { .is_level = true, .active_low = true };
static struct irq_pin_list pin = { .pin = PIN };
static unsigned selected KC_STATE; /* IOREGSEL */

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);
	int remaps = kc_option("ir-ioapic") || kc_option("ir-ioapic-qemu");

	ioapics[0].mp_config.apicver = 0x20; /* with an EOI register */
	INIT_LIST_HEAD(&chip_data.irq_2_pin);
	list_add_tail(&pin.list, &chip_data.irq_2_pin);
	mp_preconfigure_entry(&chip_data);
	data->domain = &domain;
	irq_domain_set_info(&domain, irq, PIN, remaps ? &ioapic_ir_chip : &ioapic_chip, &chip_data, handle_fasteoi_irq, NULL,
			    NULL);
	irq_set_status_flags(irq, IRQ_LEVEL);
}

void kc_chip_accept(void) { kc_access(KC_ACCEPT); } /* the CPU gets the vector without asking */
void kc_chip_fields(void) { }
void kc_chip_forget(void) { atomic_set(&irq_mis_count, 0); }

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	struct IO_APIC_route_entry entry = { .vector = VECTOR, .active_low = true };

	if (address != REGISTERS + offsetof(struct io_apic, data) || selected / 2 != 0x10 / 2 + PIN)
		kc_finding("the driver reads a register that is not there");
	kc_operation(KC_READ, "IOWIN");
	entry.irr = kc_pin_has("RIRR");
	entry.is_level = !kc_pin_has("EDGE");
	entry.masked = kc_pin_has("MASK");
	return selected & 1 ? entry.w2 : entry.w1;
}

static void kc_write_entry(struct IO_APIC_route_entry entry)
{
	if (!entry.is_level) {
		if (!entry.masked)
			kc_finding("the pin becomes an edge that is not masked");
		kc_operation(KC_WRITE, "IOWIN: RTE masked edge");
		kc_access(KC_DISABLE);
		return;
	}
	kc_operation(KC_WRITE, entry.masked ? "IOWIN: RTE masked" : "IOWIN: RTE unmasked");
	if (kc_pin_has("EDGE"))
		kc_access(KC_ENABLE);
	kc_access(entry.masked ? KC_MASK : KC_UNMASK);
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	struct IO_APIC_route_entry entry = { .w1 = value };

	switch (address - REGISTERS) {
	case offsetof(struct io_apic, index):
		selected = value;
		kc_operation(KC_WRITE, "IOREGSEL");
		return;
	case offsetof(struct io_apic, data):
		if (selected == 0x10 + 2 * PIN)
			return kc_write_entry(entry);
		if (selected != 0x11 + 2 * PIN)
			kc_finding("another pin is changed");
		kc_operation(KC_WRITE, "IOWIN");
		return;
	case offsetof(struct io_apic, eoi):
		if (value != VECTOR)
			kc_finding("another vector is ended");
		kc_operation(KC_WRITE, "IO-APIC EOI");
		kc_access(KC_DIRECTED_EOI);
		return;
	}
	kc_finding("the driver writes a register that is not there");
}
