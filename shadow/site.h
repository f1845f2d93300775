/*
 * shadow/site.h - what must be known of a checked instruction to record its accesses without entering the slow path, by the
 * number of its check.
 *
 *      what   63  58   57    56 55     48 47     1 0
 *                    plain w     size            known
 *
 * An instruction never changes; whoever meets it first writes its entry, maybe two threads the same one. The table is as
 * large as it can get: what is not touched takes no memory, and nothing on the way to an entry can be missing.
 */
#ifndef SHADOW_SITE_H
#define SHADOW_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

#define SHADOW_SITES (1u << 19) /* numbers from here on are not kept: such an event names a stack */
#define SHADOW_SITE_SIZE 32u    /* bytes; longer accesses are not kept either */

#define SHADOW_SITE_WRITE (1ull << 56)
#define SHADOW_SITE_PLAIN (1ull << 57)

struct shadow_site {
    uint64_t what; /* atomic; written last but for `lane` */
    uintptr_t pc;
    struct report_leaf leaf;
    uint32_t when; /* what the lower half of an event's `when` has besides the epoch */
    uint32_t lane; /* where shadow_lane() goes on with it, behind its head; 0: nowhere. Atomic */
};

extern struct shadow_site shadow_sites[SHADOW_SITES];

/* NULL: not known. */
static inline const struct shadow_site *shadow_site_of(uint32_t number)
{
    const struct shadow_site *s;

    if (number >= SHADOW_SITES)
        return NULL;
    s = &shadow_sites[number];
    return __atomic_load_n(&s->what, __ATOMIC_ACQUIRE) ? s : NULL;
}

static inline uint32_t shadow_site_size(const struct shadow_site *s)
{
    return s->what >> 48 & 0xFF;
}

#endif
