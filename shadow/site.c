/*
 * shadow/site.c - learns sites.
 */
#include "shadow/site.h"

#include "base/arena.h"
#include "shadow/shadow.h"

struct shadow_site *shadow_sites[SHADOW_SITES / SHADOW_SITE_CHUNK];

static struct shadow_site *chunk_of(uint32_t number)
{
    struct shadow_site **slot = &shadow_sites[number / SHADOW_SITE_CHUNK], *old = NULL, *fresh;

    if (__atomic_load_n(slot, __ATOMIC_ACQUIRE))
        return *slot;
    fresh = base_arena_alloc(SHADOW_SITE_CHUNK * sizeof(*fresh));
    /* Whoever comes second leaves its untouched memory to the arena. */
    if (fresh &&
        !__atomic_compare_exchange_n(slot, &old, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        fresh = old;
    return fresh;
}

void shadow_fast_learn(uint32_t number, uintptr_t pc, uint32_t size, uint32_t flags)
{
    struct shadow_site *s;

    if (number >= SHADOW_SITES || !size || size > SHADOW_SITE_SIZE || shadow_site_of(number))
        return;
    s = chunk_of(number);
    if (!s)
        return;
    s += number % SHADOW_SITE_CHUNK;
    s->pc = pc;
    s->leaf = report_leaf_of(pc);
    __atomic_store_n(&s->what,
                     (flags & SHADOW_WRITE ? SHADOW_SITE_WRITE : 0) |
                         (flags & SHADOW_PLAIN ? SHADOW_SITE_PLAIN : 0) |
                         (size == 4 || size == 8 ? SHADOW_SITE_WHOLE : 0) |
                         (size == 8 ? SHADOW_SITE_WIDE : 0) | (uint64_t)size << 48 | 1,
                     __ATOMIC_RELEASE);
}
