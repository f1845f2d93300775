/*
 * shadow/site.c - learns sites.
 */
#include "shadow/site.h"

#include "shadow/history.h"
#include "shadow/shadow.h"
#include "shadow/tract.h"

struct shadow_site shadow_sites[SHADOW_SITES];

/* In lane.S: by size (1, 2, 4, 8), reads and writes by turns. */
extern const uint32_t shadow_lane_kinds[8];

/* Where the lane goes on with such accesses; 0: it does not know them. */
static uint32_t lane_of(const struct report_leaf *leaf, uint32_t size, bool write)
{
    if (!shadow_tracts || leaf->base != REPORT_BASE_SP || size > 8 || size & (size - 1))
        return 0;
    return shadow_lane_kinds[2 * __builtin_ctz(size) + write];
}

void shadow_fast_learn(uint32_t number, uintptr_t pc, uint32_t size, uint32_t flags)
{
    struct shadow_site *s;
    bool write = flags & SHADOW_WRITE;

    if (number >= SHADOW_SITES || !size || size > SHADOW_SITE_SIZE || shadow_site_of(number))
        return;
    s = &shadow_sites[number];
    s->pc = pc;
    s->leaf = report_leaf_of(pc);
    s->when = shadow_history_site_when(number);
    __atomic_store_n(&s->what,
                     (write ? SHADOW_SITE_WRITE : 0) |
                         (flags & SHADOW_PLAIN ? SHADOW_SITE_PLAIN : 0) | (uint64_t)size << 48 | 1,
                     __ATOMIC_RELEASE);
    __atomic_store_n(&s->lane, lane_of(&s->leaf, size, write), __ATOMIC_RELEASE);
}
