/*
 * shadow/clock.h - vector clocks, immutable and shared, and what a release leaves behind.
 *
 * A clock is 16 pointers to chunks of 32 components, one component a slot; both levels are reference-counted and
 * never change once another can see them. NULL is the clock that knows nothing. A thread's own component is kept
 * apart (struct shadow_thread), and so are a few that it learnt lately, so that two threads which pass a lock to and
 * fro make no clock and count no references:
 *
 *      stamp   { clock, slot of the releaser, its clock then, rest, generation }
 *              means  clock with [slot] = its clock and [slot of r] = clock of r for each cell r of rest, where greater
 */
#ifndef SHADOW_CLOCK_H
#define SHADOW_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "shadow/cell.h"

#define SHADOW_CHUNK 32
#define SHADOW_CHUNKS 16
#define SHADOW_REST 5

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
    uint32_t rest[SHADOW_REST]; /* cells without a mask, a slot once, the unused ones last and 0 */
};

struct shadow_thread;

static inline uint32_t shadow_clock_at(const struct shadow_clock *c, uint32_t slot)
{
    const struct shadow_chunk *k = c ? c->chunk[slot / SHADOW_CHUNK] : 0;

    return k ? k->at[slot % SHADOW_CHUNK] : 0;
}

struct shadow_clock *shadow_clock_hold(struct shadow_clock *c);
void shadow_clock_drop(struct shadow_clock *c);
/* True if a knows all that b does. */
bool shadow_clock_covers(const struct shadow_clock *a, const struct shadow_clock *b);
/* A reference to the component-wise maximum: one of both, held once more, where that is it. Out of memory: sets *failed
 * and returns a. */
struct shadow_clock *shadow_clock_join(struct shadow_clock *a, struct shadow_clock *b,
                                       bool *failed);
/* A reference to a with the components of n cells (0 is none) raised. Out of memory: sets *failed, some may be missing. */
struct shadow_clock *shadow_clock_raise(struct shadow_clock *a, const uint32_t *cells, unsigned n,
                                        bool *failed);
/* In a forked child. */
void shadow_clock_fork_child(void);

#endif
