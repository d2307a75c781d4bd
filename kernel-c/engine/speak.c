// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The protocol: one line a request, lines up to one with a dot alone as the reply. README.md has the grammar.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

#define OPTIONS 16

static struct { char name[24]; int value; } options[OPTIONS] = {
	{ "states", 200000 }, /* the most that are kept */
};
static int begun;

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

static void done(void)
{
	say(".\n");
	if (fflush(stdout))
		exit(2);
}

static void refuse(const char *why, const char *what)
{
	say("error %s%s%s\n", why, *what ? ": " : "", what);
	done();
}

/* Inside a step nothing can go on after this, so that the program ends with its last words. */
void kc_stop(const char *text, const char *name)
{
	record_say(1);
	refuse(text, name);
	_exit(3);
}

int kc_option(const char *name)
{
	int i;

	for (i = 0; i < OPTIONS; i++)
		if (!strcmp(options[i].name, name))
			return options[i].value;
	return 0;
}

static int set_option(const char *line)
{
	char name[24];
	int i, value;

	if (sscanf(line, "%23s %d", name, &value) != 2)
		return 0;
	for (i = 0; i < OPTIONS; i++)
		if (!options[i].name[0] || !strcmp(options[i].name, name)) {
			strcpy(options[i].name, name);
			options[i].value = value;
			return 1;
		}
	return 0;
}

void kc_field(const char *name, long value) { say(" %s=%ld", name, value); }
void kc_field_word(const char *name, const char *value) { say(" %s=%s", name, value); }

/* The state that is there now, as the model names it. */
static void say_state(void)
{
	const char *place = unexpected_place();

	say("is");
	hardware_fields();
	kc_fields();
	kc_field_word("flow", flow_stage());
	kc_field("resignal", task_resignals());
	kc_field("vfio_work", kc_work_queued());
	say("\n");
	if (place)
		say("waits %s\n", place);
}

static void begin(void)
{
	int is_new;

	if (begun)
		return refuse("it has begun", "");
	begun = 1;
	hardware_boot();
	record_begin();
	cpu_alone(KC_TASK, kc_boot);
	record_say(0);
	kc_forget();
	image_begin();
	image_keep(&is_new);
	say("state 0\n");
	say_state();
	done();
}

/* Takes one step from a state that is kept, and leaves the next one. */
static int step(int state, const struct event *event)
{
	image_restore(state);
	if (!event->can())
		return 0;
	record_begin();
	if (!event->act())
		return image_undo(state);
	kc_forget();
	return 1;
}

static void expand(int state)
{
	int i, is_new, next;

	if (!begun || !image_restore(state))
		return refuse("there is no such state", "");
	for (i = 0; i < event_count; i++) {
		if (!step(state, &events[i]))
			continue;
		next = image_keep(&is_new);
		if (next < 0)
			return refuse("more states than the option `states` allows", "");
		say("to %s %d\n", events[i].name, next);
		record_say(0);
		if (is_new)
			say_state();
	}
	done();
}

/* tell STATE EVENT: the record of one step, with every function that ran. */
static void tell(const char *line)
{
	char name[32];
	int state, i, is_new;

	if (sscanf(line, "%d %31s", &state, name) != 2 || !begun || !image_restore(state))
		return refuse("there is no such state", line);
	for (i = 0; i < event_count; i++)
		if (!strcmp(events[i].name, name) && step(state, &events[i])) {
			record_say(1);
			say_state();
			if (image_keep(&is_new) < 0 || is_new)
				return refuse("this step is not the same twice", name);
			return done();
		}
	refuse("this cannot happen there", name);
}

static void hello(void)
{
	const struct kc_counter *counter;
	int i;

	say("kernel-c 1\nchip %s\n", kc_chip);
	for (i = 0; i < event_count; i++)
		say("event %s\n", events[i].name);
	for (counter = kc_counters; counter->name; counter++)
		say("counter %s: %s\n", counter->name, counter->reason);
	done();
}

static void answer(char *line)
{
	const char *heard;

	if (!strcmp(line, "hello"))
		return hello();
	if (!strcmp(line, "begin"))
		return begin();
	if (!strncmp(line, "expand ", 7))
		return expand(atoi(line + 7));
	if (!strncmp(line, "tell ", 5))
		return tell(line + 5);
	if (!strcmp(line, "growing")) {
		image_growing();
		return done();
	}
	if (!strcmp(line, "size")) {
		say("states %d\nbytes %ld\n", image_states(), image_bytes());
		return done();
	}
	if (begun)
		return refuse("no such request now", line);
	if (!strncmp(line, "option ", 7))
		return set_option(line + 7) ? done() : refuse("no option", line);
	heard = hardware_hear(line);
	if (!heard)
		return refuse("no such request", line);
	return *heard ? refuse(heard, line) : done();
}

int main(void)
{
	char *line = 0;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, stdin)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = 0;
		answer(line);
	}
	return 0;
}
