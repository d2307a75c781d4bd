/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A driver's entry, which asks the controller which interrupt it is. It runs as far as the flow handler, which begins as a
 * step of its own, and hears that there is no other interrupt.
 */
#include <linux/irq.h>
#include <linux/irqchip/chained_irq.h>
#include <linux/irqdesc.h>
#include <linux/irqdomain.h>
#include "../engine/engine.h"
#define generic_handle_domain_irq(domain, source) kc_entered(source)
#define generic_handle_irq(irq) kc_entered(irq)
#define handle_domain_irq(domain, source, regs) kc_entered(source) /* before 5.17 */
#define irq_find_mapping(domain, source) (source)

static unsigned long kc_source; /* the one that is taken */
static int kc_claims;           /* claims of this entry */
static int kc_handled;          /* its flow handler would run */

static int kc_entered(unsigned long source)
{
	if (source != kc_source)
		kc_finding("another interrupt is handled");
	kc_handled = 1;
	return 0;
}

/* Runs an entry. */
#define kc_enter(entry) \
	do { \
		kc_claims = kc_handled = 0; \
		entry; \
		if (!kc_handled) \
			kc_finding("the interrupt that was taken is not handled"); \
	} while (0)

/* The number of the source, or what the controller says when there is none. */
static unsigned long kc_claim(unsigned long source, unsigned long none)
{
	kc_source = source;
	if (kc_claims++)
		return none;
	kc_access(KC_ACCEPT);
	return source;
}

/* The interrupt of the CPU that the controller is chained to. */
static void kc_no_callback(struct irq_data *data) { }
static struct irq_chip kc_cpu_chip = { .irq_eoi = kc_no_callback };
static struct irq_desc kc_cpu_desc = { .irq_data.chip = &kc_cpu_chip };
