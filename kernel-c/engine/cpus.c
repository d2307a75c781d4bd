// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CPUs as coroutines. One runs until it would have to let another one in: before it takes a lock, if it has let go of one
 * since it last ran and holds none; where the lock is taken; in a busy wait. Only locks count that two contexts take. So a step is one critical section with all that
 * nests in it. A lock may be taken later and let go of earlier without a difference to anybody, which is why no more
 * places are needed (Lipton's reduction); the option `strict` adds those that this argument leaves out.
 */
#include <string.h>

#include "private.h"

#define STACK 16384 /* THREAD_SIZE of ARCH=um on x86-64: current_thread_info() goes by it */
#define LOCKS 16

struct cpu {
	void *sp;
	void *waits;          /* the lock that it waits for */
	unsigned char runs;   /* it has begun and not ended */
	unsigned char relaxes;
	unsigned char released; /* it has let go of a lock since it last ran */
	unsigned char holds;  /* spinlocks */
	unsigned long flags;  /* interrupts are on */
};

static KC_STATE unsigned char stacks[KC_CONTEXTS][STACK] __attribute__((aligned(STACK)));
static KC_STATE struct cpu cpus[KC_CONTEXTS];
static KC_STATE struct { void *lock; unsigned long owner; } taken[LOCKS];
static void *engine_sp;
static enum kc_context now = KC_NOBODY;
static void (*entry)(void);
static int alone;

/*
 * Saves what a call may not change, leaves the old stack pointer in *from, and goes on at `to`. Every other register is
 * cleared: whatever the compiler saves of it would be part of the state.
 */
void kc_switch(void **from, void *to);
__asm__(".text\n.globl kc_switch\nkc_switch:\n"
	"push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
	"mov %rsp,(%rdi)\nmov %rsi,%rsp\n"
	"pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\n"
	"xor %eax,%eax\nxor %ecx,%ecx\nxor %edx,%edx\nxor %esi,%esi\nxor %edi,%edi\n"
	"xor %r8d,%r8d\nxor %r9d,%r9d\nxor %r10d,%r10d\nxor %r11d,%r11d\nret\n");

enum kc_context kc_now(void) { return now; }
void *kc_stack(enum kc_context context) { return stacks[context]; }
int cpu_runs(enum kc_context context) { return cpus[context].runs; }
void *cpu_waits(enum kc_context context) { return cpus[context].waits; }

static void **owner(void *lock)
{
	int i;

	for (i = 0; i < LOCKS; i++)
		if (taken[i].lock == lock)
			return (void **)&taken[i].owner;
	return 0;
}

int cpu_can_go_on(enum kc_context context)
{
	struct cpu *cpu = &cpus[context];

	return cpu->runs && (cpu->relaxes || (cpu->waits && !owner(cpu->waits)));
}

static void begin(void)
{
	entry();
	cpus[now].runs = 0;
	if (cpus[now].holds)
		kc_finding("a context ends with a lock held");
	kc_switch(&cpus[now].sp, engine_sp);
	__builtin_trap();
}

/* Lets a context run until it waits or ends. A dead part of a stack is no part of the state. */
static void run(enum kc_context context)
{
	struct cpu *cpu = &cpus[context];
	unsigned char *low = stacks[context] + KC_THREAD_INFO;

	now = context;
	signals_enabled = cpu->flags;
	kc_becomes_current(context);
	kc_switch(&engine_sp, cpu->sp);
	kc_becomes_current(KC_NOBODY);
	now = KC_NOBODY;
	if (cpu->runs) {
		memset(low, 0, (unsigned char *)cpu->sp - low);
	} else {
		memset(low, 0, stacks[context] + STACK - low);
		memset(cpu, 0, sizeof(*cpu));
	}
}

void cpu_begin(enum kc_context context, void (*function)(void), int waits_at_first)
{
	struct cpu *cpu = &cpus[context];
	void **sp = (void **)(stacks[context] + STACK - 64);

	memset(cpu, 0, sizeof(*cpu));
	*--sp = 0;             /* begin() is entered as by a call */
	*--sp = (void *)begin;
	sp -= 6;
	cpu->sp = sp;
	cpu->runs = 1;
	cpu->released = waits_at_first;
	cpu->flags = context != KC_IRQ;
	entry = function;
	kc_prepare(context);
	run(context);
}

/* Lets a context run while nobody else does. */
void cpu_alone(enum kc_context context, void (*function)(void))
{
	alone = 1;
	cpu_begin(context, function, 0);
	alone = 0;
	if (cpus[context].runs)
		kc_stop("it waits, and there is nobody else", kc_lock_name(cpus[context].waits));
}

void cpu_go_on(enum kc_context context) { run(context); }

static void yield(void)
{
	struct cpu *me = &cpus[now];

	kc_switch(&me->sp, engine_sp);
	me->waits = 0;
	me->relaxes = 0;
	me->released = 0;
}

static void *mine(void *lock)
{
	void **held = owner(lock);

	return held && *held == (void *)(unsigned long)(now + 1) ? held : 0;
}

static void take(void *lock, int spins)
{
	struct cpu *me = &cpus[now];
	int i;

	if (now == KC_NOBODY)
		kc_stop("a lock is taken outside every context", "");
	if (mine(lock))
		kc_stop("deadlock: a lock is taken by the one who holds it", kc_lock_name(lock));
	if ((me->released && kc_lock_is_shared(lock) && !alone && (!me->holds || kc_option("strict"))) || owner(lock)) {
		do {
			me->waits = lock;
			yield();
		} while (owner(lock));
	}
	for (i = 0; taken[i].lock; i++)
		if (i + 1 == LOCKS)
			kc_stop("too many locks are held", "");
	taken[i].lock = lock;
	taken[i].owner = now + 1;
	me->holds += spins;
}

static void drop(void *lock, int spins)
{
	struct cpu *me = &cpus[now];
	int i;

	if (!mine(lock))
		kc_stop("a lock is released by one who does not hold it", kc_lock_name(lock));
	for (i = 0; taken[i].lock != lock; i++)
		;
	memmove(&taken[i], &taken[i + 1], (LOCKS - 1 - i) * sizeof(taken[0]));
	memset(&taken[LOCKS - 1], 0, sizeof(taken[0]));
	me->holds -= spins;
	me->released |= kc_lock_is_shared(lock);
}

void kc_acquire(void *lock) { take(lock, 1); }
void kc_release(void *lock) { drop(lock, 1); }
void mutex_take(void *lock) { take(lock, 0); }
void mutex_drop(void *lock) { drop(lock, 0); }

void kc_relax(void)
{
	cpus[now].relaxes = 1;
	yield();
}

/* Sets the interrupt flag of whoever runs, and returns it as it was. */
unsigned long cpu_flags(unsigned long on)
{
	unsigned long old = cpus[now].flags;

	cpus[now].flags = on;
	signals_enabled = on;
	return old;
}
