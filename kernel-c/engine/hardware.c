// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Controller and device as the other side describes them: total functions, as tables. Nothing here knows a controller.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define BITS 8

static const char *const names[KC_ACCESSES] = {
	"line-up", "line-down", "accept", "mask", "unmask", "enable", "disable", "eoi", "directed-eoi",
	"set-pq-0", "set-pq-1", "set-pq-2", "set-pq-3", "setip",
};

/* None of this changes once the first state is there. */
static unsigned char table[KC_ACCESSES][256][2]; /* pin, value */
static unsigned char signals[256];
static unsigned char drives[16]; /* the device drives its pin: causes | DisINTx << 2 | MSI << 3 */
static unsigned char reset;
static char bits[BITS][32];

/* The state of the hardware. */
static KC_STATE struct { unsigned char pin, causes, disintx, trigger; } hw;

static int number(const char **at)
{
	char two[3] = { (*at)[0], (*at)[0] ? (*at)[1] : 0, 0 };
	char *end;
	long value = strtol(two, &end, 16);

	*at += 2;
	return end == two + 2 ? value : -1;
}

static int take_bytes(unsigned char *to, int count, const char *from)
{
	if (strlen(from) != 2 * (unsigned)count)
		return 0;
	while (count--) {
		int byte = number(&from);

		if (byte < 0)
			return 0;
		*to++ = byte;
	}
	return 1;
}

/* bit NAME PLACE */
static int take_bit(const char *line)
{
	char name[32];
	unsigned place;

	if (sscanf(line, "%31s %u", name, &place) != 2 || place >= BITS)
		return 0;
	strcpy(bits[place], name);
	return 1;
}

const char *hardware_hear(char *line)
{
	char *space = strchr(line, ' ');
	const char *wrong = "this table is not whole";
	int i, taken = 0;

	if (!space)
		return 0;
	*space = 0;
	if (!strcmp(line, "hw")) {
		char *access = space + 1, *bytes = strchr(access, ' ');

		for (i = 0; bytes && i < KC_ACCESSES; i++)
			if (!strncmp(names[i], access, bytes - access) && !names[i][bytes - access])
				taken = take_bytes(table[i][0], 512, bytes + 1);
	} else if (!strcmp(line, "signals")) {
		taken = take_bytes(signals, 256, space + 1);
	} else if (!strcmp(line, "drives")) {
		taken = take_bytes(drives, 16, space + 1);
	} else if (!strcmp(line, "reset")) {
		taken = take_bytes(&reset, 1, space + 1);
	} else if (!strcmp(line, "bit")) {
		taken = take_bit(space + 1);
	} else {
		*space = ' ';
		return 0;
	}
	return taken ? "" : wrong;
}

unsigned kc_access(enum kc_access access)
{
	unsigned char *reply = table[access][hw.pin];

	hw.pin = reply[0];
	return reply[1];
}

unsigned kc_peek(enum kc_access access) { return table[access][hw.pin][1]; }
int kc_signals(void) { return signals[hw.pin]; }

int kc_pin_has(const char *bit)
{
	int i;

	for (i = 0; i < BITS; i++)
		if (!strcmp(bits[i], bit))
			return hw.pin >> i & 1;
	kc_stop("the controller's pin has no bit of this name", bit);
}

/* The wire shows the level to the controller if it has changed. Bit 0 of every pin is the level. */
static void settle(void)
{
	int level = drives[hw.causes | hw.disintx << 2];

	if (level != (hw.pin & 1))
		kc_access(level ? KC_LINE_UP : KC_LINE_DOWN);
}

int kc_disintx(void) { return hw.disintx; }
int kc_status_interrupt(void) { return hw.causes != 0; }
void kc_set_disintx(int on) { hw.disintx = on; settle(); }
void kc_trigger(void) { hw.trigger = 1; kc_operation(KC_SIGNAL, "trigger eventfd"); }

static int change(int causes)
{
	if (causes == hw.causes)
		return 0;
	hw.causes = causes;
	settle();
	return 1;
}

int device_assert(void) { return change(hw.causes | 1); }
int device_withdraw(void) { return change(0); }

int trigger_waits(void) { return hw.trigger; }

int trigger_read(void)
{
	int was = hw.trigger;

	hw.trigger = 0;
	return was;
}

void hardware_boot(void) { hw.pin = reset; }

void hardware_fields(void)
{
	kc_field("causes", hw.causes);
	kc_field("disintx", hw.disintx);
	kc_field("pin", hw.pin);
	kc_field("trigger", hw.trigger);
}
