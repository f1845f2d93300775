/*
 * shadow/range.c - clears: small ones cell by cell, large ones by giving whole pages back to the kernel.
 */
#include "shadow/range.h"

#include <stddef.h>

#include "shadow/freed.h"
#include "shadow/sync.h"
#include "shadow/tract.h"
#include "shadow/wide.h"
#include "shadow/world.h"

#define BY_PAGES 65536u
#define LOOK (16u << 20) /* bytes of which the table of tracts is looked at first, at most */

static void empty(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    shadow_wide_fill(t, lo, hi, 0);
    shadow_inline_forget_known(t, lo, hi);
}

/* In one tract. False: it is not t's, or something is in the way. */
static bool set_own(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, uint32_t cell)
{
    bool done;

    if (!shadow_tract_start(t, lo))
        return false;
    done = shadow_wide_put(lo, hi, cell) >= hi;
    if (done)
        empty(t, lo, hi);
    shadow_tract_rest(t);
    return done;
}

/* In one tract. What is set while another takes the tract may not be what that one saw: it is set again. */
static void set_piece(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, uint32_t cell)
{
    if (set_own(t, lo, hi, cell))
        return;
    do {
        if (shadow_tract_open(t, lo, true) == SHADOW_HOLD_OWN) {
            shadow_wide_set(lo, hi, cell);
            empty(t, lo, hi);
            shadow_tract_close(t, lo);
            return;
        }
        shadow_wide_set(lo, hi, cell);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    } while (!shadow_tract_still_shared(lo, true));
}

void shadow_range_set(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, uint32_t cell)
{
    for (uintptr_t end; lo < hi; lo = end) {
        end = shadow_tract_end(lo) < hi ? shadow_tract_end(lo) : hi;
        set_piece(t, lo, end, cell);
    }
}

void shadow_range_clear_edge(struct shadow_thread *t, uintptr_t x)
{
    shadow_range_set(t, x, x + 4, 0);
    if (t->in)
        shadow_inline_forget(t, x);
}

/* Whole tracts in the middle, whoever owns them; what is left at the ends granule by granule. */
static void clear_cells(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    uintptr_t from = (lo + SHADOW_TRACT - 1) & ~(SHADOW_TRACT - 1), to = hi & ~(SHADOW_TRACT - 1);

    lo &= ~(uintptr_t)3;
    hi = (hi + 3) & ~(uintptr_t)3;
    if (!shadow_tracts || from >= to) {
        shadow_range_set(t, lo, hi, 0);
        return;
    }
    shadow_range_set(t, lo, from, 0);
    shadow_tract_clear(t, from, to);
    shadow_range_set(t, to, hi, 0);
}

/* Little of it was used, as of most stacks: clearing that is cheaper than calls that give pages back, which interrupt the
 * other processors. */
static bool is_sparse(uintptr_t lo, uintptr_t hi)
{
    return shadow_tracts && hi - lo <= LOOK &&
           shadow_tract_few(lo, hi, BY_PAGES >> SHADOW_TRACT_SHIFT);
}

/* Inside one block of 64 GiB. */
static void clear_piece(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    uintptr_t from = lo, to = lo;

    if (hi - lo > BY_PAGES && !is_sparse(lo, hi))
        shadow_plane_drop_range(t, lo, hi, &from, &to);
    clear_cells(t, lo, from);
    clear_cells(t, to, hi);
}

static void forget_inline(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    if (!t->in || !shadow_covers(lo, hi - lo))
        return;
    if (hi - lo > BY_PAGES) {
        shadow_inline_renew(t);
        return;
    }
    shadow_inline_forget_range(t, lo, hi);
}

void shadow_range_clear(struct shadow_thread *t, uintptr_t lo, size_t len)
{
    uintptr_t hi = lo + len, end;

    for (; lo < hi; lo = end) {
        end = ((lo >> SHADOW_BLOCK_SHIFT) + 1) << SHADOW_BLOCK_SHIFT;
        end = end < hi ? end : hi;
        if (shadow_covers(lo, end - lo))
            clear_piece(t, lo, end);
    }
    forget_inline(t, hi - len, hi);
}

void shadow_clear(struct shadow_thread *t, uintptr_t lo, size_t len)
{
    if (!len || len > SHADOW_END || lo > SHADOW_END - len || !shadow_world_enter(t))
        return; /* the kernel refuses it, too */
    shadow_freed_clear(lo, lo + len);
    shadow_sync_drop_range(lo, lo + len, NULL);
    shadow_range_clear(t, lo, len);
    shadow_world_leave(t);
}
