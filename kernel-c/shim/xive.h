/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* POWER's names that the driver uses and ARCH=um does not have. */
#include <linux/irqdomain.h>
#define CONFIG_PPC_XIVE 1
#define hw_ipi chip_id /* without SMP the field is not there, and one message names it */
#define get_hard_smp_processor_id(cpu) (cpu)
#define in_be64(address) kc_mmio_read((unsigned long)(address), 8)
#define out_be64(address, value) kc_mmio_write((unsigned long)(address), value, 8)
#define out_8(address, value) kc_mmio_write((unsigned long)(address), value, 1)
unsigned long kc_mmio_read(unsigned long address, int bytes);
void kc_mmio_write(unsigned long address, unsigned long value, int bytes);
