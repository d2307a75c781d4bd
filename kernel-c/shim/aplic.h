/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The registers of one source of the APLIC. */
#define SOURCE 3
#define REGISTERS 0x10000000UL
#define IDC 0x20000000UL /* the hart's registers where the APLIC itself interrupts it */

#include <linux/version.h>

static void boot_sources(struct aplic_priv *priv)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	static struct aplic_src_ctrl saved[SOURCE]; /* as written last, for a suspended system */

	priv->saved_hw_regs.srcs = saved;
#endif
}

void kc_chip_fields(void) { }
void kc_chip_forget(void) { }

unsigned long kc_mmio_read(unsigned long address, int bytes)
{
	if (address == IDC + APLIC_IDC_CLAIMI) {
		kc_operation(KC_READ, "APLIC_IDC_CLAIMI");
		return kc_claim(SOURCE, 0) << APLIC_IDC_TOPI_ID_SHIFT;
	}
	kc_finding("the driver reads a register that is not there");
	return 0;
}

void kc_mmio_write(unsigned long address, unsigned long value, int bytes)
{
	if (address == REGISTERS + APLIC_SOURCECFG_BASE + (SOURCE - 1) * 4) {
		if (value != APLIC_SOURCECFG_SM_LEVEL_HIGH)
			kc_finding("the source does not become a level");
		kc_operation(KC_WRITE, "APLIC_SOURCECFG");
		return;
	}
	if (address == REGISTERS + APLIC_TARGET_BASE + (SOURCE - 1) * 4) {
		kc_operation(KC_WRITE, "APLIC_TARGET");
		return;
	}
	if (value != SOURCE)
		return kc_finding("another source is changed");
	switch (address) {
	case REGISTERS + APLIC_CLRIENUM:
		kc_operation(KC_WRITE, "APLIC_CLRIENUM");
		kc_access(KC_MASK);
		return;
	case REGISTERS + APLIC_SETIENUM:
		kc_operation(KC_WRITE, "APLIC_SETIENUM");
		kc_access(KC_UNMASK);
		return;
	case REGISTERS + APLIC_SETIPNUM_LE:
		kc_operation(KC_WRITE, "APLIC_SETIPNUM_LE");
		kc_access(KC_SETIP);
		return;
	}
	kc_finding("the driver writes a register that is not there");
}
