/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Between the files of the engine. */
#ifndef KC_PRIVATE_H
#define KC_PRIVATE_H

#include "engine.h"

#define KC_THREAD_INFO 4096 /* bytes at a stack's low end that the shim may use */

/* cpus.c */
int cpu_runs(enum kc_context context);
void *cpu_waits(enum kc_context context);
int cpu_can_go_on(enum kc_context context);
void cpu_begin(enum kc_context context, void (*function)(void), int waits_at_first);
void cpu_alone(enum kc_context context, void (*function)(void));
void cpu_go_on(enum kc_context context);
void mutex_take(void *lock);
void mutex_drop(void *lock);
unsigned long cpu_flags(unsigned long on);
extern int signals_enabled; /* ARCH=um's name for the interrupt flag */

/* hardware.c */
const char *hardware_hear(char *line); /* a line of the protocol; null if it is none of its own, "" if it was taken */
void hardware_boot(void);
void hardware_fields(void);
int device_assert(void), device_withdraw(void), trigger_waits(void), trigger_read(void);

/* events.c */
struct event {
	const char *name;
	int (*can)(void);
	int (*act)(void); /* 0 if it turns out that it cannot: nothing of it has happened then */
};
extern const struct event events[];
extern const int event_count;
const char *flow_stage(void);
int task_resignals(void);
const char *unexpected_place(void); /* where a context waits that no event goes on from; null if none does */

/* image.c */
void image_begin(void);              /* what is there now is what every state differs from */
int image_keep(int *is_new);         /* the number of the state that is there now; below 0 if there are too many */
int image_restore(int state);        /* puts it back; 0 if there is none */
int image_undo(int state);           /* puts it back after something ran; always 0 */
int image_states(void);
long image_bytes(void);
void image_growing(void);            /* the words that differ most often between states, to find a counter */

/* record.c: what a step did */
void record_begin(void);
void record_say(int calls);          /* one line each; without the calls if so told */

/* speak.c */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
