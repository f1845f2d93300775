/*
 * shadow/budget.h - how much memory Seance takes, and what gives way where that is too much.
 *
 * Planes grow with what the program touches: A and W to twice that, the inline planes of all threads together without
 * bound. Now and then somebody who has made them grow looks at how much is resident. Too much is more than
 * twice the program's own memory and a constant, or than the option memory_limit says. Then the
 * inline planes are dropped, which costs time only; under memory_limit, where that is not enough, all history.
 */
#ifndef SHADOW_BUDGET_H
#define SHADOW_BUDGET_H

#include "shadow/thread.h"

#define SHADOW_BUDGET_STEP 1024u /* KiB that a thread's planes grow before it says so */

void shadow_budget_grown(struct shadow_thread *t);
/* Inside the bracket, which t leaves for a moment if something must go. */
void shadow_budget_check(struct shadow_thread *t);

/* t's accesses may have made planes grow by so much. Cheap; takes no lock. */
static inline void shadow_budget_grow(struct shadow_thread *t, uint32_t kib)
{
    t->growth += kib;
    if (__builtin_expect(t->growth >= SHADOW_BUDGET_STEP, 0))
        shadow_budget_grown(t);
}

#endif
