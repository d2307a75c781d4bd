// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events, under the names of the model's: each begins a context or lets one go on from where it waits. A later one is one
 * more line here.
 */
#include <string.h>

#include "private.h"

#define SECTIONS 16 /* critical sections after which one who tears down waits for somebody: it has four without that */

static int waits_for(enum kc_context context, const char *lock)
{
	void *waits = cpu_waits(context);

	return cpu_can_go_on(context) && waits && !strcmp(kc_lock_name(waits), lock);
}

/* Where the flow handler is: between `accept` and the actions, in front of an action, and so on. */
const char *flow_stage(void)
{
	void *waits = cpu_waits(KC_IRQ);
	const char *lock;

	if (!cpu_runs(KC_IRQ))
		return "idle";
	lock = waits ? kc_lock_name(waits) : "";
	if (!strcmp(lock, "desc->lock"))
		return kc_in_progress() ? "exit" : "accepted";
	if (!strcmp(lock, "irqlock"))
		return "action";
	if (!strcmp(lock, "wqh.lock"))
		return "signal";
	return "?";
}

static int flow_is(const char *stage) { return cpu_can_go_on(KC_IRQ) && !strcmp(flow_stage(), stage); }

static int enters(void) { return flow_is("accepted"); }
static int acts(void) { return flow_is("action"); }
static int signals_now(void) { return flow_is("signal"); }
static int leaves(void) { return flow_is("exit"); }
static int irq_goes_on(void) { cpu_go_on(KC_IRQ); return 1; }

static int accepts(void) { return !cpu_runs(KC_IRQ) && kc_signals(); }

static int accept(void)
{
	cpu_alone(KC_IRQ, kc_chip_accept);
	cpu_begin(KC_IRQ, kc_flow, 1);
	return 1;
}

static int task_is_free(void) { return !cpu_runs(KC_TASK) && kc_is_intx(); }
static int mask(void) { cpu_begin(KC_TASK, kc_mask, 0); return 1; }
static int unmask(void) { cpu_begin(KC_TASK, kc_unmask, 0); return 1; }
static int unmask_eventfd(void) { cpu_begin(KC_TASK, kc_unmask_eventfd, 0); return 1; }
/* An ioctl has let go of irqlock, and has still to signal. */
int task_resignals(void)
{
	void *waits = cpu_waits(KC_TASK);

	return cpu_runs(KC_TASK) && waits && !strcmp(kc_lock_name(waits), "wqh.lock");
}

static int resignals(void) { return waits_for(KC_TASK, "wqh.lock"); }
static int task_goes_on(void) { cpu_go_on(KC_TASK); return 1; }

static int is_set_up_by_nobody(void) { return !cpu_runs(KC_TASK) && !kc_is_intx(); }

/* Setting up is one step: nobody else knows of the line yet. */
static void set_up(void)
{
	if (kc_enable())
		kc_finding("INTx could not be set up");
}
static int enable(void) { cpu_alone(KC_TASK, set_up); return 1; }

/*
 * Tearing down has two steps: the line is shut down, and then the caller waits until nobody can be in the handler any more.
 * If it has to wait on, nothing has happened. After the wait nobody has the line any more: the rest is one step, as in the
 * model, although it takes desc->lock again.
 */
static int is_torn_down(void) { return cpu_runs(KC_TASK) && !task_resignals(); }
static int disables(void) { return task_is_free() || is_torn_down(); }
static int disable(void)
{
	int sections;

	if (cpu_runs(KC_TASK)) {
		for (sections = 0; sections < SECTIONS && cpu_can_go_on(KC_TASK); sections++)
			cpu_go_on(KC_TASK);
		return !cpu_runs(KC_TASK);
	}
	cpu_begin(KC_TASK, kc_disable, 0);
	return !kc_is_started();
}

static int work_waits(void) { return !cpu_runs(KC_WORK) && kc_work_queued(); }
static int work(void) { cpu_begin(KC_WORK, kc_work, 0); return 1; }

/* The tasklet calls the flow handler, with the CPU's interrupts off. */
static int resend_waits(void) { return !cpu_runs(KC_IRQ) && kc_resend_scheduled(); }
static int resend(void) { cpu_begin(KC_IRQ, kc_resend, 0); return 1; }

static int has_no_cause(void) { return !kc_status_interrupt(); }
static int has_cause(void) { return kc_status_interrupt(); }
static int assert_cause(void) { return device_assert(); }
static int clear(void) { return device_withdraw(); }

static int wait(void) { return trigger_read(); }

const struct event events[] = {
	{ "vfio.handler", acts, irq_goes_on },
	{ "vfio.signal", signals_now, irq_goes_on },
	{ "host.flow_exit", leaves, irq_goes_on },
	{ "host.flow_enter", enters, irq_goes_on },
	{ "host.accept", accepts, accept },
	{ "host.resend", resend_waits, resend },
	{ "vfio.inject", work_waits, work },
	{ "vfio.resignal", resignals, task_goes_on },
	{ "program.wait", trigger_waits, wait },
	{ "program.clear", has_cause, clear },
	{ "program.unmask", task_is_free, unmask },
	{ "program.unmask_eventfd", task_is_free, unmask_eventfd },
	{ "program.mask", task_is_free, mask },
	{ "program.disable", disables, disable },
	{ "program.enable", is_set_up_by_nobody, enable },
	{ "device.assert", has_no_cause, assert_cause },
	{ "device.withdraw", has_cause, clear },
};
const int event_count = sizeof(events) / sizeof(events[0]);


const char *unexpected_place(void)
{
	enum kc_context context;
	void *waits;

	if (cpu_runs(KC_IRQ) && !strcmp(flow_stage(), "?"))
		return cpu_waits(KC_IRQ) ? kc_lock_name(cpu_waits(KC_IRQ)) : "a busy wait";
	for (context = KC_TASK; context < KC_CONTEXTS; context++) {
		if (!cpu_runs(context))
			continue;
		waits = cpu_waits(context);
		if (context == KC_TASK && (task_resignals() || !kc_is_started()))
			continue;
		return waits ? kc_lock_name(waits) : "a busy wait";
	}
	return 0;
}
