// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The record of a step, beside the state: the kernel's functions that ran, registers, findings. The compiler puts a call of
 * __fentry__ in front of each function that a function tracer could show.
 */
#include <string.h>

#include "private.h"

#define MOST 256

enum kind { CALL, OPERATION, FINDING };
static struct { enum kind kind; const char *what, *name; } lines[MOST];
static int count;
static char finding_text[4096];
static unsigned finding_end;

static const char *const metrics[] = {
	"chip_reads", "chip_writes", "firmware_calls", "config_reads", "config_writes", "eventfd_signals",
};

void record_begin(void) { count = 0; finding_end = 0; }

static void add(enum kind kind, const char *what, const char *name)
{
	if (count == MOST)
		return;
	lines[count].kind = kind;
	lines[count].what = what;
	lines[count++].name = name;
}

void kc_operation(enum kc_metric metric, const char *name) { add(OPERATION, metrics[metric], name); }

/* The text may be on a stack. */
void kc_finding(const char *text)
{
	unsigned length = strlen(text) + 1;

	if (finding_end + length > sizeof(finding_text))
		return;
	memcpy(finding_text + finding_end, text, length);
	add(FINDING, "", finding_text + finding_end);
	finding_end += length;
}

struct function { unsigned long at; const char *name; };
extern const struct function kc_functions[] __attribute__((weak)); /* ordered; the last has no name */

static const char *function_at(unsigned long at)
{
	const struct function *one;
	const char *name = "?";

	for (one = kc_functions; one && one->name && one->at <= at; one++)
		name = one->name;
	return name;
}

void kc_called(unsigned long at) __attribute__((used));
void kc_called(unsigned long at)
{
	if (kc_now() != KC_NOBODY)
		add(CALL, (const char *)at, 0);
}

/*
 * Keeps every register, since the function has not begun yet, and has a stack of its own: what it left on the kernel's would
 * be part of the state.
 */
static unsigned char stack[4096] __asm__("kc_record_stack") __attribute__((aligned(16), used));
static void *kernel_sp __asm__("kc_record_sp") __attribute__((used));
__asm__(".text\n.globl __fentry__\n__fentry__:\n"
	"mov %rsp,kc_record_sp(%rip)\nlea kc_record_stack+4096(%rip),%rsp\n"
	"push %rax\npush %rcx\npush %rdx\npush %rsi\npush %rdi\npush %r8\npush %r9\npush %r10\npush %r11\n"
	"sub $8,%rsp\nmov kc_record_sp(%rip),%rdi\nmov (%rdi),%rdi\ncall kc_called\nadd $8,%rsp\n"
	"pop %r11\npop %r10\npop %r9\npop %r8\npop %rdi\npop %rsi\npop %rdx\npop %rcx\npop %rax\n"
	"mov kc_record_sp(%rip),%rsp\nret\n");

void record_say(int calls)
{
	const char *name;
	int i;

	for (i = 0; i < count; i++) {
		switch (lines[i].kind) {
		case CALL:
			name = calls ? function_at((unsigned long)lines[i].what) : "kc_";
			if (strncmp(name, "kc_", 3)) /* ours, beside a driver's own */
				say("call %s\n", name);
			break;
		case OPERATION:
			say("op %s %s\n", lines[i].what, lines[i].name);
			break;
		case FINDING:
			say("finding %s\n", lines[i].name);
			break;
		}
	}
}
