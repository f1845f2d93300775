/*
 * base/steps.h - memory that will be written all over: its pages are had some at a time instead of a fault for each.
 *
 *   memory   |   step 0   |   step 1   |   step 2   | ...      done[]: one byte a step, set before it is asked for
 *
 * A fault costs what ten pages cost in one call, more in virtual machines. No locks: two threads that come to a step
 * at once both ask, which does no harm. Hot and signal-safe.
 */
#ifndef BASE_STEPS_H
#define BASE_STEPS_H

#include "base/sys.h"

#define BASE_STEP 32768ul

/* Before the byte at offset `at` is touched. */
static inline void base_steps_touch(uint8_t *done, const void *memory, size_t at)
{
    uint8_t *step = &done[at / BASE_STEP];

    if (__builtin_expect(__atomic_load_n(step, __ATOMIC_RELAXED), 1))
        return;
    __atomic_store_n(step, 1, __ATOMIC_RELAXED);
    base_sys_populate((const char *)memory + at / BASE_STEP * BASE_STEP, BASE_STEP);
}

#endif
