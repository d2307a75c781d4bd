/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The two sides' words to each other. The engine (engine/) knows no kernel header, the shim (shim/) no libc; this file
 * has neither.
 */
#ifndef KC_ENGINE_H
#define KC_ENGINE_H

/* All that a state consists of lies in one section: the kernel's data, the heap, the stacks, the hardware. */
#define KC_STATE __attribute__((section("kdata")))

/* Who runs. Each has a stack of its own; all of them together are the CPUs. */
enum kc_context {
	KC_IRQ,    /* a CPU in interrupt context, with the flow handler */
	KC_TASK,   /* the program that owns the device: ioctls, eventfds */
	KC_WORK,   /* a worker of the system's workqueue */
	KC_THREAD, /* the interrupt's thread */
	KC_CONTEXTS,
	KC_NOBODY = KC_CONTEXTS,
};

/* Accesses to the controller's pin, in the order of the tables that the other side sends. */
enum kc_access {
	KC_LINE_UP, KC_LINE_DOWN, KC_ACCEPT, KC_MASK, KC_UNMASK, KC_ENABLE, KC_DISABLE, KC_EOI, KC_DIRECTED_EOI,
	KC_SET_PQ_0, KC_SET_PQ_1, KC_SET_PQ_2, KC_SET_PQ_3, KC_SETIP,
	KC_ACCESSES,
};

/* ---- The engine, for the shim and the controllers ---- */

unsigned kc_access(enum kc_access access); /* does it to the pin; the value that a load returns */
unsigned kc_peek(enum kc_access access);   /* that value, and the pin stays */
int kc_signals(void);                      /* the pin interrupts the CPU */
int kc_pin_has(const char *bit);           /* a bit of the pin, by its name */

enum kc_metric { KC_READ, KC_WRITE, KC_FIRMWARE, KC_CONFIG_READ, KC_CONFIG_WRITE, KC_SIGNAL };
void kc_operation(enum kc_metric metric, const char *name); /* one register, call or signal, for the record of the step */
void kc_finding(const char *text);  /* a WARN or BUG of the kernel, or something that must not be */
void kc_stop(const char *text, const char *name) __attribute__((noreturn)); /* cannot go on */

int kc_disintx(void);
void kc_set_disintx(int on);
int kc_status_interrupt(void);
void kc_trigger(void);             /* the trigger eventfd is signalled */
int kc_option(const char *name);   /* 0 if it was not set */

enum kc_context kc_now(void);
void *kc_stack(enum kc_context context); /* its lowest address */
void kc_acquire(void *lock);
void kc_release(void *lock);
void kc_relax(void);               /* a busy wait: somebody else has to run */
void kc_field(const char *name, long value);
void kc_field_word(const char *name, const char *value);
void *kc_alloc(unsigned long size);

/* ---- The shim, for the engine ---- */

void kc_boot(void);                /* once, before anything else */
void kc_prepare(enum kc_context context);  /* what a task or an interrupt has on its stack when it begins */
void kc_becomes_current(enum kc_context context); /* who runs from now on, or nobody */
int kc_enable(void);
void kc_disable(void), kc_mask(void), kc_unmask(void), kc_unmask_eventfd(void), kc_flow(void), kc_work(void), kc_resend(void);
int kc_is_intx(void), kc_work_queued(void), kc_resend_scheduled(void), kc_in_progress(void), kc_is_started(void);
const char *kc_lock_name(void *lock);
int kc_lock_is_shared(void *lock); /* more than one context takes it */
void kc_fields(void);              /* calls kc_field for each */
void kc_forget(void);              /* sets counters back that only grow */
struct kc_counter { const char *name, *reason; };
extern const struct kc_counter kc_counters[]; /* ends with a null name */

/* ---- One controller, for the shim ---- */

struct irq_desc;
extern const char *const kc_chip;
void kc_chip_boot(unsigned irq);
void kc_chip_accept(void);         /* what the CPU's entry does before the flow handler: KC_ACCEPT among it */
void kc_chip_fields(void);
void kc_chip_forget(void);
unsigned long kc_mmio_read(unsigned long address, int bytes);
void kc_mmio_write(unsigned long address, unsigned long value, int bytes);

#endif
