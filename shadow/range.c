/*
 * shadow/range.c - clears: small ones cell by cell, large ones by giving whole pages back to the kernel.
 */
#include "shadow/range.h"

#include <stddef.h>

#include "shadow/granule.h"
#include "shadow/sync.h"
#include "shadow/world.h"

#define BY_PAGES 65536u

void shadow_range_clear_edge(struct shadow_thread *t, uintptr_t x)
{
    shadow_granule_set(x, 0);
    if (t->in)
        shadow_inline_forget(t, x);
}

static void clear_cells(uintptr_t lo, uintptr_t hi)
{
    for (uintptr_t x = lo & ~(uintptr_t)3; x < hi; x += 4)
        shadow_granule_set(x, 0);
}

/* Inside one block of 64 GiB. */
static void clear_piece(uintptr_t lo, uintptr_t hi)
{
    uintptr_t from = lo, to = lo;

    if (hi - lo > BY_PAGES)
        shadow_plane_drop_range(lo, hi, &from, &to);
    clear_cells(lo, from);
    clear_cells(to, hi);
}

static void forget_inline(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    if (!t->in || !shadow_covers(lo, hi - lo))
        return;
    if (hi - lo > BY_PAGES) {
        shadow_inline_advance(t);
        return;
    }
    for (uintptr_t x = lo & ~(uintptr_t)3; x < hi; x += 4)
        shadow_inline_forget(t, x);
}

void shadow_range_clear(struct shadow_thread *t, uintptr_t lo, size_t len)
{
    uintptr_t hi = lo + len, end;

    for (; lo < hi; lo = end) {
        end = ((lo >> SHADOW_BLOCK_SHIFT) + 1) << SHADOW_BLOCK_SHIFT;
        end = end < hi ? end : hi;
        if (shadow_covers(lo, end - lo))
            clear_piece(lo, end);
    }
    forget_inline(t, hi - len, hi);
}

void shadow_clear(struct shadow_thread *t, uintptr_t lo, size_t len)
{
    if (!len || lo + len < lo || !shadow_world_enter(t))
        return;
    shadow_sync_drop_range(lo, lo + len);
    shadow_range_clear(t, lo, len);
    shadow_world_leave(t);
}
