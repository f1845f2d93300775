/*
 * preload/checked.c - the table of checked code. Changed where the loader changes its list, searched by hot wrappers.
 *
 * A search that a change came between is made again: `changes` is odd while the table is being changed.
 */
#include "preload/checked.h"

struct preload_checked preload_checked;

static void begin(struct preload_checked *c)
{
    __atomic_store_n(&c->changes, c->changes + 1,
                     __ATOMIC_SEQ_CST); /* partners: both loads in search */
}

static void end(struct preload_checked *c)
{
    uintptr_t hi = 0;

    for (unsigned i = 0; i < c->count; i++)
        hi = c->ranges[i].hi > hi ? c->ranges[i].hi : hi;
    c->lo = c->count ? c->ranges[0].lo : 0;
    c->len = hi - c->lo;
    __atomic_store_n(&c->changes, c->changes + 1, __ATOMIC_SEQ_CST);
}

bool preload_checked_add(uintptr_t lo, uintptr_t hi)
{
    struct preload_checked *c = &preload_checked;
    unsigned i;

    if (lo >= hi || c->count == PRELOAD_CHECKED_MAX)
        return false;
    begin(c);
    for (i = c->count; i > 0 && c->ranges[i - 1].lo > lo; i--)
        c->ranges[i] = c->ranges[i - 1];
    c->ranges[i].lo = lo;
    c->ranges[i].hi = hi;
    c->count++;
    end(c);
    return true;
}

void preload_checked_remove(uintptr_t lo, uintptr_t hi)
{
    struct preload_checked *c = &preload_checked;
    unsigned kept = 0;

    begin(c);
    for (unsigned i = 0; i < c->count; i++)
        if (c->ranges[i].lo < lo || c->ranges[i].hi > hi)
            c->ranges[kept++] = c->ranges[i];
    c->count = kept;
    end(c);
}

static bool preload_checked_holds(uintptr_t pc)
{
    const struct preload_checked *c = &preload_checked;
    unsigned lo = 0, hi = c->count;

    while (lo < hi) {
        unsigned mid = lo + (hi - lo) / 2;

        if (pc < c->ranges[mid].lo)
            hi = mid;
        else if (pc >= c->ranges[mid].hi)
            lo = mid + 1;
        else
            return true;
    }
    return false;
}

bool preload_checked_search(uintptr_t pc)
{
    uint32_t before;
    bool holds;

    do {
        before = __atomic_load_n(&preload_checked.changes, __ATOMIC_ACQUIRE) & ~1u;
        holds = preload_checked_holds(pc);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (__atomic_load_n(&preload_checked.changes, __ATOMIC_RELAXED) != before);
    return holds;
}
