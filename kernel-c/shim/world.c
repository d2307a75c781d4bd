// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One device with one line, as vfio-pci and genirq see them, and the functions of the kernel around them that are not
 * linked in. Everything that happens goes through vfio_pci_set_irqs_ioctl, the flow handler, or the unmask eventfd.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kernel_stat.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/vfio.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#define SINCE(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))
#if SINCE(5, 15)
#include <linux/vfio_pci_core.h>
#else
#include "../drivers/vfio/pci/vfio_pci_private.h"
#define vfio_pci_core_device vfio_pci_device
#endif
#if SINCE(6, 1)
#include <linux/maple_tree.h>
#endif
#include "../kernel/irq/internals.h"
#include "../engine/engine.h"
#include "vfio.h"

#define IRQ 10 /* on the second chip of an i8259 */

static struct vfio_pci_core_device vdev;
static struct pci_dev pdev;
static struct pci_bus bus;
static struct task_struct tasks[KC_CONTEXTS];
static struct eventfd_ctx { wait_queue_head_t wqh; } trigger, unmask;
static struct file unmask_file;
static int in_eventfd[KC_CONTEXTS]; /* the context is inside of a signal, where there must be no other */
static void *intx; /* vfio's context of the line, struct vfio_pci_irq_ctx, where it is kept in an xarray (6.4) */
static struct work_struct *queued, *cleanup;
struct workqueue_struct *system_wq = (void *)&queued, *system_percpu_wq = (void *)&queued; /* any address: vfio's own queue has none here */

/* ---- Who runs ---- */

#ifdef CONFIG_THREAD_INFO_IN_TASK
struct task_struct *cpu_tasks[NR_CPUS]; /* `current`, since 6.13 */
static struct thread_info *info_of(enum kc_context context) { return &tasks[context].thread_info; }
static void attach(enum kc_context context) { }
#else
static struct thread_info *info_of(enum kc_context context) { return kc_stack(context); }
static void attach(enum kc_context context) { info_of(context)->task = &tasks[context]; }
#endif

void kc_prepare(enum kc_context context)
{
	struct thread_info *info = info_of(context);

	BUILD_BUG_ON(sizeof(*info) > 4096);
	BUILD_BUG_ON(THREAD_SIZE != 16384);
	memset(info, 0, sizeof(*info));
	info->preempt_count = context == KC_IRQ ? HARDIRQ_OFFSET : 0;
	attach(context);
}

void kc_becomes_current(enum kc_context context)
{
#ifdef CONFIG_THREAD_INFO_IN_TASK
	cpu_tasks[0] = context == KC_NOBODY ? NULL : &tasks[context];
#endif
}

/* ---- The device ---- */

static int config_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	u32 command = kc_disintx() ? PCI_COMMAND_INTX_DISABLE : 0;
	u32 status = kc_status_interrupt() ? PCI_STATUS_INTERRUPT : 0;

	if (where != PCI_COMMAND)
		kc_stop("this word of configuration space is not there", "");
	*value = size == 4 ? command | status << 16 : command;
	kc_operation(KC_CONFIG_READ, size == 4 ? "PCI_COMMAND, PCI_STATUS" : "PCI_COMMAND");
	return PCIBIOS_SUCCESSFUL;
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	if (where != PCI_COMMAND)
		kc_stop("this word of configuration space is not there", "");
	kc_operation(KC_CONFIG_WRITE, "PCI_COMMAND");
	kc_set_disintx(!!(value & PCI_COMMAND_INTX_DISABLE));
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops ops = { .read = config_read, .write = config_write };

/* ---- eventfds: file descriptor 3 is the trigger, 4 the one that unmasks ---- */

struct eventfd_ctx *eventfd_ctx_fdget(int fd) { return fd == 3 ? &trigger : &unmask; }
struct eventfd_ctx *eventfd_ctx_fileget(struct file *file) { return &unmask; }
void eventfd_ctx_put(struct eventfd_ctx *ctx) { }
void eventfd_ctx_do_read(struct eventfd_ctx *ctx, __u64 *count) { *count = 1; }
int eventfd_ctx_remove_wait_queue(struct eventfd_ctx *ctx, wait_queue_entry_t *wait, __u64 *count)
{
	unsigned long flags;

	spin_lock_irqsave(&ctx->wqh.lock, flags);
	list_del_init(&wait->entry);
	spin_unlock_irqrestore(&ctx->wqh.lock, flags);
	return 0;
}

static void wake(struct eventfd_ctx *ctx)
{
	wait_queue_entry_t *wait, *next;

	list_for_each_entry_safe(wait, next, &ctx->wqh.head, entry)
		wait->func(wait, TASK_NORMAL, 0, poll_to_key(EPOLLIN));
}

#if SINCE(6, 8)
void eventfd_signal_mask(struct eventfd_ctx *ctx, __poll_t mask)
#else
__u64 eventfd_signal_mask(struct eventfd_ctx *ctx, __u64 n, __poll_t mask)
#endif
{
	unsigned long flags;

	spin_lock_irqsave(&ctx->wqh.lock, flags);
	if (in_eventfd[kc_now()])
		kc_finding("an eventfd is signalled inside of a signal");
	in_eventfd[kc_now()] = 1;
	if (ctx == &trigger)
		kc_trigger();
	wake(ctx);
	in_eventfd[kc_now()] = 0;
	spin_unlock_irqrestore(&ctx->wqh.lock, flags);
#if !SINCE(6, 8)
	return 1;
#endif
}
#if !SINCE(6, 8)
__u64 eventfd_signal(struct eventfd_ctx *ctx, __u64 n) { return eventfd_signal_mask(ctx, n, 0); }
#endif

static __poll_t unmask_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &unmask.wqh, table);
	return 0;
}

static const struct file_operations unmask_operations = { .poll = unmask_poll };
#if SINCE(6, 12)
struct fd fdget(unsigned int fd) { return (struct fd){ (unsigned long)&unmask_file }; }
#else
unsigned long __fdget(unsigned int fd) { return (unsigned long)&unmask_file; }
#endif
void fput(struct file *file) { }
void add_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *wait) { list_add(&wait->entry, &head->head); }

/* ---- Work: one item of the system's queue at most; one of vfio's own is done while its caller waits for it ---- */

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (wq != system_wq) {
		cleanup = work;
		return true;
	}
	if (queued && queued != work)
		kc_stop("two work items are queued", "");
	queued = work;
	return true;
}

int kc_work_queued(void) { return !!queued; }

void kc_work(void)
{
	struct work_struct *work = queued;

	queued = NULL;
	work->func(work);
}

bool flush_work(struct work_struct *work)
{
	while (queued == work)
		kc_relax();
	return true;
}
#if SINCE(6, 0)
void __flush_workqueue(struct workqueue_struct *wq)
#else
void flush_workqueue(struct workqueue_struct *wq)
#endif
{
	struct work_struct *work = cleanup;

	cleanup = NULL;
	if (work)
		work->func(work);
}

static struct irq_desc *desc(void);

/* ---- Tasklets: the only one is the one that resends interrupts ---- */

static struct tasklet_struct *resending;

void __tasklet_schedule(struct tasklet_struct *tasklet) { resending = tasklet; }
/* Since 6.5 irq_shutdown takes the line out of the list that the tasklet goes through. */
int kc_resend_scheduled(void)
{
#if SINCE(6, 5) && defined(CONFIG_HARDIRQS_SW_RESEND)
	return resending && !hlist_unhashed(&desc()->resend_node);
#else
	return !!resending;
#endif
}

void kc_resend(void)
{
	struct tasklet_struct *tasklet = resending;

	resending = NULL;
	clear_bit(TASKLET_STATE_SCHED, &tasklet->state);
	if (tasklet->use_callback)
		tasklet->callback(tasklet);
	else
		tasklet->func(tasklet->data);
}

/* ---- The table that vfio keeps its context in ---- */

void *xa_load(struct xarray *xa, unsigned long index) { return intx; }
int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	if (intx)
		return -EBUSY;
	intx = entry;
	return 0;
}
void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *old = intx;

	intx = NULL;
	return old;
}

/* ---- The rest of the kernel, as far as genirq asks for it ---- */

DEFINE_PER_CPU(struct kernel_stat, kstat);
struct resource iomem_resource, ioport_resource; /* for device-managed pci_intx(), which is not on the path */
unsigned long volatile jiffies;
struct cpumask __cpu_possible_mask = { .bits = { 1 } }, __cpu_online_mask = { .bits = { 1 } };
const unsigned long cpu_bit_bitmap[BITS_PER_LONG + 1][BITS_TO_LONGS(NR_CPUS)] = { [1] = { 1 } };
unsigned long __sw_hweight64(u64 word)
{
	unsigned long count = 0;

	for (; word; word &= word - 1)
		count++;
	return count;
}
bool static_key_initialized = true;
const struct fwnode_operations of_fwnode_ops; /* its address tells a device tree's nodes from others */
enum time_travel_mode time_travel_mode = TT_MODE_INFCPU; /* cpu_relax() is a call */
#if SINCE(6, 5)
int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp) { return 0; } /* which irqs are allocated */
#endif
void add_interrupt_randomness(int irq) { }
void register_handler_proc(unsigned int irq, struct irqaction *action) { }
void unregister_handler_proc(unsigned int irq, struct irqaction *action) { }
void register_irq_proc(unsigned int irq, struct irq_desc *desc) { }
void irq_proc_update_chip(const struct irq_chip *chip) { }
void irq_proc_update_valid(struct irq_desc *desc) { }
void __init_waitqueue_head(wait_queue_head_t *head, const char *name, struct lock_class_key *key)
{
	INIT_LIST_HEAD(&head->head);
}
#if SINCE(6, 0)
int __wake_up(wait_queue_head_t *head, unsigned int mode, int nr, void *key) { return 0; }
#else
void __wake_up(wait_queue_head_t *head, unsigned int mode, int nr, void *key) { }
#endif
void irq_bypass_unregister_producer(struct irq_bypass_producer *producer) { }
#if SINCE(6, 17)
int irq_bypass_register_producer(struct irq_bypass_producer *producer, struct eventfd_ctx *eventfd, int irq) { return 0; }
#else
int irq_bypass_register_producer(struct irq_bypass_producer *producer) { return 0; }
#endif

unsigned char __raw_readb(const volatile void __iomem *at) { return kc_mmio_read((unsigned long)at, 1); }
unsigned short __raw_readw(const volatile void __iomem *at) { return kc_mmio_read((unsigned long)at, 2); }
unsigned int __raw_readl(const volatile void __iomem *at) { return kc_mmio_read((unsigned long)at, 4); }
u64 __raw_readq(const volatile void __iomem *at) { return kc_mmio_read((unsigned long)at, 8); }
void __raw_writeb(u8 value, volatile void __iomem *at) { kc_mmio_write((unsigned long)at, value, 1); }
void __raw_writew(u16 value, volatile void __iomem *at) { kc_mmio_write((unsigned long)at, value, 2); }
void __raw_writel(u32 value, volatile void __iomem *at) { kc_mmio_write((unsigned long)at, value, 4); }
void __raw_writeq(u64 value, volatile void __iomem *at) { kc_mmio_write((unsigned long)at, value, 8); }

/* ---- For the engine ---- */

const struct kc_counter kc_counters[] = {
	{ "irq_desc::irq_count", "compared with 100,000 only; the model counts as far as it decides" },
	{ "irq_desc::irqs_unhandled", "compared with 99,900 only; as above" },
	{ "irq_desc::last_unhandled", "a time" },
	{ "irq_desc::tot_count, kstat_irqs, kstat", "statistics for /proc" },
#if SINCE(6, 16)
	{ "irq_desc::depth at irq_shutdown, which counts up", "irq_startup sets it to 0; nobody enables the line before, or it is a finding" },
#endif
	{ "irq_desc::threads_handled, threads_handled_last", "compared with each other only; no thread runs here yet" },
	{ }
};

static struct irq_desc *desc(void) { return irq_to_desc(IRQ); }

#ifdef CONFIG_SPARSE_IRQ
/* Since 6.18 ARCH=um has no array of descriptors: they are in a tree, and the one in it is this. */
static struct irq_desc line;
void *mtree_load(struct maple_tree *tree, unsigned long index) { return index == IRQ ? &line : NULL; }
static void boot_desc(void)
{
	line.depth = 1;
	line.handle_irq = handle_bad_irq;
	line.irq_data.chip = &no_irq_chip;
	raw_spin_lock_init(&line.lock);
}
#else
static void boot_desc(void) { }
#endif

static const char *name_of(void *lock)
{
	if (lock == &desc()->lock)
		return "desc->lock";
	if (lock == &vdev.irqlock)
		return "irqlock";
	if (lock == &trigger.wqh.lock)
		return "wqh.lock";
	if (lock == &unmask.wqh.lock)
		return "wqh.lock of the unmask eventfd";
	return NULL;
}

const char *kc_lock_name(void *lock) { return name_of(lock) ?: "a lock that only one context takes"; }
/* The unmask eventfd is written by the task alone. */
int kc_lock_is_shared(void *lock) { return name_of(lock) && lock != &unmask.wqh.lock; }

void kc_boot(void)
{
	boot_desc();
	desc()->kstat_irqs = kc_alloc(sizeof(*desc()->kstat_irqs));
	desc()->irq_data.common = &desc()->irq_common_data;
	desc()->irq_data.irq = IRQ;
	mutex_init(&desc()->request_mutex);
	init_waitqueue_head(&desc()->wait_for_threads);
	desc()->istate = 0;
	irqd_set(&desc()->irq_data, IRQD_IRQ_DISABLED | IRQD_IRQ_MASKED);
#if !SINCE(6, 0)
	cpumask_set_cpu(0, desc()->irq_common_data.affinity);
#endif
	kc_chip_boot(IRQ);
	INIT_LIST_HEAD(&trigger.wqh.head);
	INIT_LIST_HEAD(&unmask.wqh.head);
	unmask_file.f_op = &unmask_operations;
	bus.ops = &ops;
	pdev.bus = &bus;
	pdev.irq = IRQ;
	vdev.pdev = &pdev;
	vdev.irq_type = VFIO_PCI_NUM_IRQS;
	vdev.pci_2_3 = kc_option("pci_2_3");
}

/* A file descriptor below 0 stands for no data: a count of 0 with the action TRIGGER tears down. */
static int set_irqs(u32 action, u32 data, int fd)
{
	unsigned int count = fd >= 0 || action != VFIO_IRQ_SET_ACTION_TRIGGER;
	int result;

	mutex_lock(&vdev.igate);
	result = vfio_pci_set_irqs_ioctl(&vdev, action | data, VFIO_PCI_INTX_IRQ_INDEX, 0, count, &fd);
	mutex_unlock(&vdev.igate);
	return result;
}

/* INTx with both eventfds, as VMMs set it up. */
int kc_enable(void)
{
	int result = set_irqs(VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_EVENTFD, 3);

	return result ?: set_irqs(VFIO_IRQ_SET_ACTION_UNMASK, VFIO_IRQ_SET_DATA_EVENTFD, 4);
}

void kc_disable(void) { set_irqs(VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_NONE, -1); }
void kc_mask(void) { set_irqs(VFIO_IRQ_SET_ACTION_MASK, VFIO_IRQ_SET_DATA_NONE, -1); }
void kc_unmask(void) { set_irqs(VFIO_IRQ_SET_ACTION_UNMASK, VFIO_IRQ_SET_DATA_NONE, -1); }

/* eventfd_write: the wake-up callbacks run under the lock. */
void kc_unmask_eventfd(void)
{
	unsigned long flags;

	spin_lock_irqsave(&unmask.wqh.lock, flags);
	in_eventfd[kc_now()] = 1;
	wake(&unmask);
	in_eventfd[kc_now()] = 0;
	spin_unlock_irqrestore(&unmask.wqh.lock, flags);
}

void kc_flow(void) { generic_handle_irq(IRQ); }

int kc_is_intx(void) { return vdev.irq_type == VFIO_PCI_INTX_IRQ_INDEX; }
int kc_is_started(void) { return irqd_is_started(&desc()->irq_data); }
int kc_in_progress(void) { return irqd_irq_inprogress(&desc()->irq_data); }

static void *context(void)
{
#if SINCE(6, 4)
	return intx;
#else
	return vdev.ctx;
#endif
}

void kc_fields(void)
{
	kc_field("depth", desc()->depth);
	kc_field("disabled", irqd_irq_disabled(&desc()->irq_data));
	kc_field("masked", irqd_irq_masked(&desc()->irq_data));
	kc_field("started", irqd_is_started(&desc()->irq_data));
	kc_field("unlazy", irq_settings_disable_unlazy(desc()));
	kc_field("pending", !!(desc()->istate & IRQS_PENDING));
	kc_field("resend", kc_resend_scheduled());
	kc_field("vfio_masked", context() && kc_vfio_masked(context()));
	kc_field("virq_disabled", vdev.virq_disabled);
	kc_field_word("irq_type", !kc_is_intx() ? "none" : kc_vfio_has_trigger(context()) ? "intx" : "intx-no-trigger");
	kc_chip_fields();
}

#if SINCE(6, 16)
static struct { unsigned int started, depth; } before;
#endif

/* What irq_shutdown leaves is as it was when it set 1. */
static void forget_depth(void)
{
#if SINCE(6, 16)
	unsigned int started = kc_is_started();

	if (before.started && !started)
		desc()->depth = 1;
	else if (!started && desc()->depth < before.depth)
		kc_finding("a line that is shut down is enabled");
	before.started = started;
	before.depth = started ? 0 : desc()->depth;
#endif
}

void kc_forget(void)
{
	forget_depth();
	desc()->irq_count = 0;
	desc()->irqs_unhandled = 0;
	desc()->last_unhandled = 0;
	desc()->tot_count = 0;
	memset(desc()->kstat_irqs, 0, sizeof(*desc()->kstat_irqs));
	memset(&kstat, 0, sizeof(kstat));
	kc_chip_forget();
}
