// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* xive/common.c with the native backend's calls to firmware, and one LSI's ESB pages. */
#include "xive.h"
#include "../arch/powerpc/sysdev/xive/common.c"
#include <linux/version.h>
#include "../engine/engine.h"

#define SOURCE 0x20
#define ESB 0x10000000UL
#define TIMA 0x20000000UL
#define PRIORITY 7 /* `max_prio`, as xive_native_init has it */

const char *const kc_chip = "xive";
static struct xive_irq_data source;
static struct xive_cpu cpu;

/* OPAL_XIVE_SET_IRQ_CONFIG: the event assignment. */
static int configure_irq(u32 hw_irq, u32 target, u8 priority, u32 sw_irq)
{
	int off = priority == 0xff;

	kc_operation(KC_FIRMWARE, off ? "OPAL_XIVE_SET_IRQ_CONFIG: priority 0xff" : "OPAL_XIVE_SET_IRQ_CONFIG: a priority");
	kc_access(off ? KC_MASK : KC_UNMASK);
	return 0;
}

static void sync_source(u32 hw_irq) { }
static void update_pending(struct xive_cpu *xc) { }

static const struct xive_ops backend = {
	.configure_irq = configure_irq,
	.update_pending = update_pending,
	.sync_source = sync_source,
	.name = "native",
};

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	xive_ops = &backend;
	xive_irq_priority = PRIORITY;
	xive_tima = (void __iomem *)TIMA;
	xive_tima_offset = TM_QW3_HV_PHYS;
	cpu.cppr = 0xff;
	cpu.chip_id = XIVE_INVALID_CHIP_ID;
	cpu.queue[PRIORITY].msk = 0xff;
	__this_cpu_write(xive_cpu, &cpu);
	source.flags = XIVE_IRQ_FLAG_LSI;
	source.eoi_mmio = (void __iomem *)ESB;
	source.src_chip = XIVE_INVALID_CHIP_ID;
	source.hw_irq = SOURCE;
	source.target = XIVE_INVALID_TARGET;
	data->hwirq = SOURCE;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	data->chip_data = &source;
#else
	irq_set_handler_data(irq, &source);
#endif
	irq_set_chip_and_handler(irq, &xive_irq_chip, handle_fasteoi_irq);
	irq_modify_status(irq, 0, IRQ_LEVEL);
}

/* In the place of xive_get_irq, which leaves the priority of the interrupt that it takes in CPPR. There is no event queue. */
void kc_chip_accept(void)
{
	kc_operation(KC_READ, "TM_SPC_ACK_HV_REG");
	kc_access(KC_ACCEPT);
	cpu.cppr = PRIORITY;
}

void kc_chip_fields(void) { kc_field("drv", source.saved_p | source.stale_p << 1); }

extern unsigned int kc_xive_static; /* `fuzz` of xive_pick_irq_target, see build.sh: it chooses among CPUs, and there is one */

void kc_chip_forget(void)
{
	kc_xive_static = 0;
	atomic_set(&cpu.queue[PRIORITY].count, 0);
	atomic_set(&cpu.queue[PRIORITY].pending_count, 0);
}

static u64 esb(unsigned long offset)
{
	switch (offset) {
	case XIVE_ESB_LOAD_EOI:
		kc_operation(KC_READ, "XIVE_ESB_LOAD_EOI");
		return kc_access(KC_EOI);
	case XIVE_ESB_GET:
		kc_operation(KC_READ, "XIVE_ESB_GET");
		return kc_peek(KC_SET_PQ_0);
	case XIVE_ESB_SET_PQ_00:
		kc_operation(KC_READ, "XIVE_ESB_SET_PQ_00");
		return kc_access(KC_SET_PQ_0);
	case XIVE_ESB_SET_PQ_01:
		kc_operation(KC_READ, "XIVE_ESB_SET_PQ_01");
		return kc_access(KC_SET_PQ_1);
	case XIVE_ESB_SET_PQ_10:
		kc_operation(KC_READ, "XIVE_ESB_SET_PQ_10");
		return kc_access(KC_SET_PQ_2);
	case XIVE_ESB_SET_PQ_11:
		kc_operation(KC_READ, "XIVE_ESB_SET_PQ_11");
		return kc_access(KC_SET_PQ_3);
	}
	kc_stop("the driver reads a place in the ESB page that is not there", "");
}

unsigned long kc_mmio_read(unsigned long address, int bytes) { return esb(address - ESB); }

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	if (address != TIMA + TM_QW3_HV_PHYS + TM_CPPR)
		kc_stop("the driver writes a register that is not there", "");
	kc_operation(KC_WRITE, "TM_CPPR");
}
