// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vfio_pci_intrs.c, with two functions that see its private structure. */
#include "../drivers/vfio/pci/vfio_pci_intrs.c"
#include "vfio.h"

int kc_vfio_masked(void *ctx) { return ((struct vfio_pci_irq_ctx *)ctx)->masked; }
int kc_vfio_has_trigger(void *ctx) { return !!((struct vfio_pci_irq_ctx *)ctx)->trigger; }
