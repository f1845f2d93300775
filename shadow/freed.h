/*
 * shadow/freed.h - which bytes of the heap were freed and not handed out again: an access to one is wrong, whatever is ordered
 * before it.
 *
 * One bit for 8 bytes of the program, in a table of its own; shadow_lane() and shadow_fast() look at it first. Only small blocks: libc gives
 * the others back to the kernel, unseen.
 */
#ifndef SHADOW_FREED_H
#define SHADOW_FREED_H

#include "shadow/thread.h"

extern uint8_t *shadow_freed; /* by address / 64; NULL: no table. Written at start-up */

/* All of [lo, hi) that is whole units. */
void shadow_freed_set(uintptr_t lo, uintptr_t hi);
/* [lo, hi) is handed out, or mapped anew. By any thread. */
void shadow_freed_clear_slow(uintptr_t lo, uintptr_t hi);

static inline void shadow_freed_clear(uintptr_t lo, uintptr_t hi)
{
    if (shadow_freed)
        shadow_freed_clear_slow(lo, hi);
}

static inline bool shadow_freed_has(uintptr_t addr)
{
    return __builtin_expect(shadow_freed != NULL, 1) && !(addr >> 47) &&
           __builtin_expect(
               __atomic_load_n(&shadow_freed[addr >> 6], __ATOMIC_RELAXED) >> (addr >> 3 & 7) & 1,
               0);
}

/* The bits of the 64 bytes around addr. */
static inline uint32_t shadow_freed_line(uintptr_t addr)
{
    return shadow_freed && !(addr >> 47)
               ? __atomic_load_n(&shadow_freed[addr >> 6], __ATOMIC_RELAXED)
               : 0;
}

/* t, outside the bracket, accesses memory that starts in a freed block: a finding, once for these bytes. */
void shadow_freed_report(struct shadow_thread *t, uintptr_t addr, size_t size, unsigned op,
                         const struct base_where *at);

#endif
