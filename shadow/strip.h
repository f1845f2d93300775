/*
 * shadow/strip.h - accesses that a loop is going to make, looked at or recorded ahead.
 */
#ifndef SHADOW_STRIP_H
#define SHADOW_STRIP_H

#include "shadow/shadow.h"

/* n accesses of `size` bytes, the first one at addr, each `stride` bytes behind the one before. Where size is a multiple of
 * the stride, each may be several of that size. */
struct shadow_strip {
    uintptr_t addr;
    int64_t stride;
    uint32_t size;
    uint32_t flags; /* enum shadow_access_flags */
    uint64_t n;
};

/* How many of the accesses, from the first one on, t has recorded in this epoch. Outside the bracket; records nothing. */
uint64_t shadow_strip_known(struct shadow_thread *t, const struct shadow_strip *s);
/* The thread makes all of them next. True: recorded, as by n calls of shadow_access(), none of which would have found anything. False:
 * each has to be checked when it is made, though some may be recorded already. */
bool shadow_strip_record(struct shadow_thread *t, const struct shadow_strip *s,
                         const struct base_where *at);

#endif
