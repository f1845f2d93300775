/*
 * preload/checked.c - the table of checked code. Filled at start-up, searched by hot wrappers.
 */
#include "preload/checked.h"

struct preload_checked preload_checked;

bool preload_checked_add(uintptr_t lo, uintptr_t hi)
{
    struct preload_checked *c = &preload_checked;
    uintptr_t end;
    unsigned i;

    if (lo >= hi || c->count == PRELOAD_CHECKED_MAX)
        return false;
    for (i = c->count; i > 0 && c->ranges[i - 1].lo > lo; i--)
        c->ranges[i] = c->ranges[i - 1];
    c->ranges[i].lo = lo;
    c->ranges[i].hi = hi;
    c->count++;
    end = c->lo + c->len;
    c->lo = c->ranges[0].lo;
    c->len = (end > hi ? end : hi) - c->lo;
    return true;
}

bool preload_checked_search(uintptr_t pc)
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
