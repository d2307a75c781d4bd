// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* irq-riscv-aplic-msi.c and msi.c on irq-riscv-imsic-{platform,state}.c: the APLIC's registers, and the IMSIC's behind CSR_ISELECT. */
#define CONFIG_RISCV_IMSIC 1
#define CONFIG_RISCV_APLIC_MSI 1
#define RV_IRQ_EXT 9 /* RISC-V's names that setting it up from a device tree uses */
#define INVALID_HARTID (-1UL)
#define SxAIA 0
#define __riscv_xlen 64
#define CSR_ISELECT 1
#define CSR_IREG 2
#define csr_write(name, value) kc_csr(name, value, 'w')
#define csr_set(name, value) kc_csr(name, value, 's')
#define csr_clear(name, value) kc_csr(name, value, 'c')
#define csr_read(name) (kc_stop("the driver reads a CSR", ""), 0UL)
#define csr_read_clear(name, value) csr_read(name)
#define CSR_TOPEI 3
#define TOPEI_ID_SHIFT 16
#define csr_swap(name, value) kc_topei(name)
#include <linux/version.h>
#include "claim.h"
static unsigned long kc_topei(int name);
static void kc_csr(int name, unsigned long value, char how);
struct fwnode_handle;
struct fwnode_handle *riscv_get_intc_hwnode(void);
#include "../lib/find_bit.c"
#include "../lib/bitmap.c"
#include "../kernel/irq/msi.c"
#include "../drivers/irqchip/irq-riscv-aplic-main.c"
#include "../drivers/irqchip/irq-riscv-aplic-msi.c"
#include "../drivers/irqchip/irq-riscv-imsic-state.c"
#undef pr_fmt
#include "../drivers/irqchip/irq-riscv-imsic-platform.c"
#include "../drivers/irqchip/irq-riscv-imsic-early.c"
#include "aplic.h"

#define IDENTITY 5

const char *const kc_chip = "aplic-msi";
static struct aplic_priv priv;
static struct imsic_priv imsic_of_all;
static struct imsic_local_priv local;
static struct imsic_vector vectors[IMSIC_MIN_ID + 1];
static unsigned long dirty[BITS_TO_LONGS(IMSIC_MIN_ID + 1)];
static unsigned long selected; /* CSR_ISELECT */
static struct imsic_local_config page;
static struct msi_domain_info info = { .chip = (struct irq_chip *)&aplic_msi_template.chip };
static struct irq_domain domain = { .ops = &msi_domain_ops, .host_data = &info };
static struct irq_data parent;

void kc_chip_boot(unsigned irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	priv.regs = (void __iomem *)REGISTERS;
	boot_sources(&priv);
	imsic = &imsic_of_all;
	imsic->global.nr_ids = IMSIC_MIN_ID;
	imsic->base_domain = &domain;
	imsic->global.local = (void __percpu *)&page;
	imsic->lpriv = (void __percpu *)&local;
	raw_spin_lock_init(&local.lock);
	local.vectors = vectors;
	local.dirty_bitmap = dirty;
	vectors[IDENTITY].local_id = IDENTITY;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	vectors[IDENTITY].irq = IDENTITY; /* it is the number that generic_handle_irq is given */
#else
	vectors[IDENTITY].hwirq = IDENTITY;
#endif
	parent.irq = irq;
	parent.common = data->common;
	parent.chip = &imsic_irq_base_chip;
	parent.chip_data = &vectors[IDENTITY];
	data->parent_data = &parent;
	data->domain = &domain;
	irq_domain_set_info(&domain, irq, SOURCE, &aplic_msi_template.chip, &priv, handle_fasteoi_irq, NULL, NULL);
	irqd_set_trigger_type(data, IRQ_TYPE_LEVEL_HIGH);
}

static void kc_csr(int name, unsigned long value, char how)
{
	if (name == CSR_ISELECT && how == 'w') {
		selected = value;
		kc_operation(KC_WRITE, "CSR_ISELECT");
		return;
	}
	if (name != CSR_IREG || how == 'w' || selected != IMSIC_EIE0 || value != BIT(IDENTITY))
		return kc_finding("the driver writes a CSR that is not there");
	kc_operation(KC_WRITE, how == 's' ? "CSR_IREG: eie set" : "CSR_IREG: eie cleared");
	kc_access(how == 's' ? KC_ENABLE : KC_DISABLE);
}

static unsigned long kc_topei(int name)
{
	kc_operation(KC_READ, "CSR_TOPEI");
	return kc_claim(IDENTITY, 0) << TOPEI_ID_SHIFT;
}

void kc_chip_accept(void)
{
	kc_enter(imsic_handle_irq(&kc_cpu_desc));
}
