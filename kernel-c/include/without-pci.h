/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* ARCH=um before 5.13 has neither PCI nor registers. Everything is compiled as if it had: options that Kconfig refuses, and calls to
 * the accesses that are INDIRECT_IOMEM later. */
#define CONFIG_HAS_IOMEM 1
#define CONFIG_IRQ_DOMAIN 1
#define CONFIG_IRQ_DOMAIN_HIERARCHY 1
#define CONFIG_OF_IRQ 1
#define CONFIG_PCI 1
#define CONFIG_VFIO 1
#define CONFIG_VFIO_PCI 1
#define CONFIG_VFIO_VIRQFD 1
#define __raw_readb __raw_readb
#define __raw_readw __raw_readw
#define __raw_readl __raw_readl
#define __raw_readq __raw_readq
#define __raw_writeb __raw_writeb
#define __raw_writew __raw_writew
#define __raw_writel __raw_writel
#define __raw_writeq __raw_writeq
unsigned char __raw_readb(const volatile void *at);
unsigned short __raw_readw(const volatile void *at);
unsigned int __raw_readl(const volatile void *at);
unsigned long long __raw_readq(const volatile void *at);
void __raw_writeb(unsigned char value, volatile void *at);
void __raw_writew(unsigned short value, volatile void *at);
void __raw_writel(unsigned int value, volatile void *at);
void __raw_writeq(unsigned long long value, volatile void *at);
