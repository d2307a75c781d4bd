/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The fields of vfio-pci's context, which is private to its file. */
int kc_vfio_masked(void *ctx);
int kc_vfio_has_trigger(void *ctx);
