/*
 * shadow/two.h - two whole granules side by side in a tract that nobody holds, visited at once.
 */
#ifndef SHADOW_TWO_H
#define SHADOW_TWO_H

#include "shadow/granule.h"

/* As shadow_granule_visit() of x, a multiple of 8, and of x + 4, and then level 1 has them. False: one of
 * their cells is not as tier 2 needs it; both have to be visited, and nothing was found. */
bool shadow_two_visit(struct shadow_thread *t, uintptr_t x, bool write);

#endif
