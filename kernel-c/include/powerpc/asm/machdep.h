/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The machine's table, of which the driver sets one entry. */
#ifndef KC_MACHDEP_H
#define KC_MACHDEP_H
struct machdep_calls { unsigned int (*get_irq)(void); };
extern struct machdep_calls ppc_md;
void force_external_irq_replay(void);
#define machine_is(machine) 0
#endif
