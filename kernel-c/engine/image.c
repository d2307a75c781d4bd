// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * States: the words of the section `kdata` that differ from how it was when everything was set up. Two states are the same
 * if all words are; a hash only says where to look.
 */
#include <stdlib.h>
#include <string.h>

#include "private.h"

typedef unsigned long word;
extern word __start_kdata[], __stop_kdata[];

struct change { unsigned place; word value; };
struct kept { unsigned count; unsigned next; word hash; struct change *changes; };

#define BLOCK 64 /* words that are compared at once */
#define BUCKETS (1 << 20)

static word *base;
static unsigned size; /* words */
static struct kept *all;
static int count, room;
static unsigned buckets[BUCKETS]; /* number + 1 */
static struct change *scratch;
static unsigned changed;          /* words of `scratch` that now differ from the base */
static long bytes;

int image_states(void) { return count; }
long image_bytes(void) { return bytes; }

void image_begin(void)
{
	size = __stop_kdata - __start_kdata;
	base = malloc(size * sizeof(word));
	scratch = malloc(size * sizeof(*scratch));
	if (!base || !scratch)
		kc_stop("no memory", "");
	memcpy(base, __start_kdata, size * sizeof(word));
}

/* Looks for what differs, in large pieces first: most of the image never changes. */
static word scan(void)
{
	word hash = 1469598103934665603UL;
	unsigned i, j;

	changed = 0;
	for (i = 0; i < size; i += BLOCK) {
		unsigned end = i + BLOCK < size ? i + BLOCK : size;

		if (!memcmp(base + i, __start_kdata + i, (end - i) * sizeof(word)))
			continue;
		for (j = i; j < end; j++) {
			if (base[j] == __start_kdata[j])
				continue;
			scratch[changed].place = j;
			scratch[changed++].value = __start_kdata[j];
			hash = (hash ^ j) * 1099511628211UL;
			hash = (hash ^ __start_kdata[j]) * 1099511628211UL;
			hash ^= hash >> 29;
		}
	}
	return hash;
}

static int same(const struct kept *one)
{
	unsigned i;

	if (one->count != changed)
		return 0;
	for (i = 0; i < changed; i++)
		if (one->changes[i].place != scratch[i].place || one->changes[i].value != scratch[i].value)
			return 0;
	return 1;
}

int image_keep(int *is_new)
{
	word hash = scan();
	unsigned *bucket = &buckets[hash % BUCKETS];
	unsigned at;
	struct kept *one;

	*is_new = 0;
	for (at = *bucket; at; at = all[at - 1].next)
		if (all[at - 1].hash == hash && same(&all[at - 1]))
			return at - 1;
	if (count >= kc_option("states"))
		return -1;
	if (count == room) {
		room = room ? 2 * room : 1024;
		all = realloc(all, room * sizeof(*all));
		if (!all)
			kc_stop("no memory", "");
	}
	one = &all[count];
	one->count = changed;
	one->hash = hash;
	one->next = *bucket;
	one->changes = malloc(changed * sizeof(*scratch) + 1);
	if (!one->changes)
		kc_stop("no memory", "");
	memcpy(one->changes, scratch, changed * sizeof(*scratch));
	bytes += changed * sizeof(*scratch);
	*bucket = ++count;
	*is_new = 1;
	return count - 1;
}

/* Only what the last scan found can differ from the base, if nothing ran since. */
int image_restore(int state)
{
	const struct kept *one = &all[state];
	unsigned i;

	if (state < 0 || state >= count)
		return 0;
	for (i = 0; i < changed; i++)
		__start_kdata[scratch[i].place] = base[scratch[i].place];
	for (i = 0; i < one->count; i++)
		__start_kdata[one->changes[i].place] = one->changes[i].value;
	memcpy(scratch, one->changes, one->count * sizeof(*scratch));
	changed = one->count;
	return 1;
}

/* Puts a state back after something ran that nobody is to know of. */
int image_undo(int state)
{
	scan();
	image_restore(state);
	return 0;
}

/* Each word that has many values: a counter that only grows has one for each state. */
void image_growing(void)
{
	word *seen = calloc(size, sizeof(word));
	int i;
	unsigned j;

	if (!seen)
		kc_stop("no memory", "");
	for (i = 0; i < count; i++)
		for (j = 0; j < all[i].count; j++) {
			word *most = &seen[all[i].changes[j].place];
			word value = all[i].changes[j].value;

			if (value < 1UL << 20 && value > *most)
				*most = value;
		}
	for (j = 0; j < size; j++)
		if (seen[j] > 16)
			say("growing %p to %lu\n", (void *)(__start_kdata + j), seen[j]);
	free(seen);
}
