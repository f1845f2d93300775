/*
 * shadow/clock.h - vector clocks, immutable and shared, and what a release leaves behind.
 *
 * A clock is 16 pointers to chunks of 32 components, one component a slot; both levels are reference-counted and
 * never change once another can see them. NULL is the clock that knows nothing. A thread's own component is kept
 * apart (struct shadow_thread), so that a release is one pointer and two numbers:
 *
 *      stamp   { clock, slot of the releaser, its clock then, generation }   means  clock with [slot] = clock
 */
#ifndef SHADOW_CLOCK_H
#define SHADOW_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "shadow/cell.h"

#define SHADOW_CHUNK 32
#define SHADOW_CHUNKS 16

static_assert(SHADOW_CHUNK * SHADOW_CHUNKS >= SHADOW_SLOTS,
              "a clock needs a component for each slot");

struct shadow_chunk {
    uint64_t references;
    uint32_t at[SHADOW_CHUNK];
};

struct shadow_clock {
    uint64_t references;
    struct shadow_chunk *chunk[SHADOW_CHUNKS];
};

/* slot is SHADOW_SLOT_NONE where several released, or one without a slot: then `clock` says all there is. */
struct shadow_stamp {
    struct shadow_clock *vc;
    uint32_t generation; /* another one than shadow_world.generation: stands for the empty stamp */
    uint16_t slot;
    bool set;
    uint32_t clock;
};

struct shadow_thread;

static inline uint32_t shadow_clock_at(const struct shadow_clock *c, uint32_t slot)
{
    const struct shadow_chunk *k = c ? c->chunk[slot / SHADOW_CHUNK] : 0;

    return k ? k->at[slot % SHADOW_CHUNK] : 0;
}

struct shadow_clock *shadow_clock_hold(struct shadow_clock *c);
void shadow_clock_drop(struct shadow_clock *c);
/* A reference to the component-wise maximum with [slot] raised to `value` (slot may be SHADOW_SLOT_NONE). Returns a
 * itself, held once more, where b brings nothing. Out of memory: sets *failed and returns a. */
struct shadow_clock *shadow_clock_join(struct shadow_clock *a, struct shadow_clock *b,
                                       uint32_t slot, uint32_t value, bool *failed);
/* In a forked child. */
void shadow_clock_fork_child(void);

#endif
