/*
 * shadow/site.h - what must be known of a checked instruction to record its accesses without entering the slow path, by the
 * number of its check.
 *
 *      what   63  60 59   58    57    56 55     48 47     1 0
 *                    wide whole plain w     size            known         whole: 4 or 8 bytes, wide: 8
 *
 * An instruction never changes; whoever meets it first writes its entry, maybe two threads the same one.
 */
#ifndef SHADOW_SITE_H
#define SHADOW_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

#define SHADOW_SITES (1u << 19) /* numbers from here on are not kept: such an event names a stack */
#define SHADOW_SITE_CHUNK 4096u
#define SHADOW_SITE_SIZE 32u /* bytes; longer accesses are not kept either */

#define SHADOW_SITE_WRITE (1ull << 56)
#define SHADOW_SITE_PLAIN (1ull << 57)
#define SHADOW_SITE_WHOLE (1ull << 58)
#define SHADOW_SITE_WIDE (1ull << 59)

struct shadow_site {
    uint64_t what; /* atomic; written last */
    uintptr_t pc;
    struct report_leaf leaf;
};

extern struct shadow_site *shadow_sites[SHADOW_SITES / SHADOW_SITE_CHUNK]; /* atomic */

/* NULL: not known. */
static inline const struct shadow_site *shadow_site_of(uint32_t number)
{
    const struct shadow_site *chunk, *s;

    if (number >= SHADOW_SITES)
        return NULL;
    chunk = __atomic_load_n(&shadow_sites[number / SHADOW_SITE_CHUNK], __ATOMIC_ACQUIRE);
    if (!chunk)
        return NULL;
    s = &chunk[number % SHADOW_SITE_CHUNK];
    return __atomic_load_n(&s->what, __ATOMIC_ACQUIRE) ? s : NULL;
}

static inline uint32_t shadow_site_size(const struct shadow_site *s)
{
    return s->what >> 48 & 0xFF;
}

#endif
