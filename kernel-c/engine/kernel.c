// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Functions of the kernel that need no kernel header: memory, locks, strings, interrupt flags. The names are the kernel's.
 * Who calls them says where the compiler puts what.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

typedef unsigned long ulong;

/* ---- Memory: slots of one size, the lowest that is free, so that the same history gives the same addresses ---- */

#define SLOT 512
#define SLOTS 48
static KC_STATE unsigned char slots[SLOTS][SLOT] __attribute__((aligned(64)));
static KC_STATE unsigned char used[SLOTS]; /* slots of the piece that begins here; 255: in such a piece */

void *kc_alloc(ulong size)
{
	ulong want = size ? (size + SLOT - 1) / SLOT : 1, i, j;

	for (i = 0; i + want <= SLOTS; i++) {
		for (j = 0; j < want && !used[i + j]; j++)
			;
		if (j < want)
			continue;
		used[i] = want;
		for (j = 1; j < want; j++)
			used[i + j] = 255;
		memset(slots[i], 0, want * SLOT);
		return slots[i];
	}
	kc_stop("the kernel wants more memory than there is", "");
}

void kfree(const void *at)
{
	ulong place = ((const unsigned char *)at - slots[0]) / SLOT, count, i;

	if (!at)
		return;
	if (place >= SLOTS || (const unsigned char *)at != slots[place] || !used[place] || used[place] == 255) {
		kc_finding("kfree of what was not allocated");
		return;
	}
	count = used[place];
	memset(slots[place], 0, count * SLOT);
	for (i = 0; i < count; i++)
		used[place + i] = 0;
}

/* kmalloc of a constant size takes a cache out of this table. */
void *kmalloc_caches[32][16];
void *__kmalloc_cache_noprof(void *cache, unsigned flags, ulong size) { return kc_alloc(size); }
void *__kmalloc_cache_node_noprof(void *cache, unsigned flags, int node, ulong size) { return kc_alloc(size); }
void *__kmalloc_noprof(ulong size, unsigned flags) { return kc_alloc(size); }
void *__kmalloc_node_noprof(ulong size, void *buckets, unsigned flags, int node) { return kc_alloc(size); }
void *kmalloc_trace(void *cache, unsigned flags, ulong size) { return kc_alloc(size); } /* before 6.10 */
void *kmalloc_node_trace(void *cache, unsigned flags, int node, ulong size) { return kc_alloc(size); }
void *__kmalloc(ulong size, unsigned flags) { return kc_alloc(size); }
void *kmem_cache_alloc(void *cache, unsigned flags) { return kc_alloc(SLOT); } /* kmalloc of a constant size, before 6.0 */
void *kmem_cache_alloc_trace(void *cache, unsigned flags, ulong size) { return kc_alloc(size); }
void *__kmalloc_node(ulong size, unsigned flags, int node) { return kc_alloc(size); }
void *pcpu_alloc_noprof(ulong size, ulong align, int reserved, unsigned flags) { return kc_alloc(size); }
void free_percpu(void *at) { kfree(at); }

char *kasprintf(unsigned flags, const char *format, ...) { return strcpy(kc_alloc(32), "name"); }
char *kvasprintf(unsigned flags, const char *format, va_list arguments) { return strcpy(kc_alloc(32), "name"); }

__attribute__((weak)) ulong _find_first_bit(const ulong *bits, ulong size) /* a driver may bring lib/find_bit */
{
	ulong bit;

	for (bit = 0; bit < size && !(bits[bit / 64] >> bit % 64 & 1); bit++)
		;
	return bit;
}

/* ---- Locks ---- */

void __raw_spin_lock_init(void *lock, const char *name, void *key, short inner) { memset(lock, 0, 24); }
void _raw_spin_lock(void *lock) { kc_acquire(lock); }
void _raw_spin_unlock(void *lock) { kc_release(lock); }
ulong _raw_spin_lock_irqsave(void *lock)
{
	ulong flags = cpu_flags(0);

	kc_acquire(lock);
	return flags;
}
void _raw_spin_unlock_irqrestore(void *lock, ulong flags) { kc_release(lock); cpu_flags(flags); }
void _raw_spin_lock_irq(void *lock) { cpu_flags(0); kc_acquire(lock); }
void _raw_spin_unlock_irq(void *lock) { kc_release(lock); cpu_flags(1); }
void __mutex_init(void *lock, const char *name, void *key) { }
void mutex_init_generic(void *lock) { } /* since 6.17 */
void mutex_lock(void *lock) { mutex_take(lock); }
void mutex_unlock(void *lock) { mutex_drop(lock); }

int signals_enabled;
int um_get_signals(void) { return signals_enabled; }
int get_signals(void) { return signals_enabled; } /* before 6.0 */
int set_signals(int on) { return cpu_flags(on); }
int um_set_signals(int on) { return cpu_flags(on); }
void block_signals(void) { cpu_flags(0); }
void unblock_signals(void) { cpu_flags(1); }

int __cond_resched(void) { return 0; }

/* cpu_relax() where the kernel was built for time travel. */
void time_travel_ndelay(ulong nsec) { kc_relax(); }

/* ---- Messages: a WARN is a finding, everything else is nothing ---- */

void warn_slowpath_fmt(const char *file, int line, unsigned taint, const char *format, ...)
{
	char text[256], end[160] = "";
	va_list arguments;

	if (format) {
		va_start(arguments, format);
		vsnprintf(end, sizeof(end), format, arguments);
		va_end(arguments);
	}
	snprintf(text, sizeof(text), "WARN at %s:%d %s", file, line, end);
	text[strcspn(text, "\n")] = 0;
	kc_finding(text);
}

static void message(const char *format, va_list arguments)
{
	char text[256];

	if (format[0] == 1) /* KERN_SOH, and the level */
		format += 2;
	vsnprintf(text, sizeof(text), format, arguments);
	text[strcspn(text, "\n")] = 0;
	kc_finding(text);
}

#define MESSAGE(name) int name(const char *format, ...) \
{ \
	va_list arguments; \
	va_start(arguments, format); \
	message(format, arguments); \
	va_end(arguments); \
	return 0; \
}
MESSAGE(_printk)
MESSAGE(_printk_deferred)
MESSAGE(printk) /* before 5.15 */
void dump_stack(void) { }

/* A function of the kernel that nobody wrote for here (see build.sh). */
void kc_missing(const char *name) __attribute__((noreturn));
void kc_missing(const char *name) { kc_stop("the kernel calls a function that is not here", name); }
