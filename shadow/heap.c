/*
 * shadow/heap.c - malloc as an imitated write, free as a checked one. The table of blocks is in block.c.
 */
#include <stddef.h>

#include "shadow/block.h"
#include "shadow/budget.h"
#include "shadow/finding.h"
#include "shadow/freed.h"
#include "shadow/inline.h"
#include "shadow/misuse.h"
#include "shadow/range.h"
#include "shadow/sync.h"
#include "shadow/tract.h"
#include "shadow/wide.h"
#include "shadow/world.h"

#define FREE_CHECKED 1024u
#define LARGE (1u << 20)
#define KEPT 65536u /* of a large block that was freed: what came before its free is still known */

/* The block's whole granules as written now by t: its own older inline matches stay true. */
static void stamp(struct shadow_thread *t, uintptr_t addr, size_t size)
{
    uintptr_t x = (addr + 3) & ~(uintptr_t)3, end = (addr + size) & ~(uintptr_t)3;
    uint32_t cell = t->epoch | SHADOW_CELL_MASK;

    if (x > addr)
        shadow_range_clear_edge(t, x - 4);
    if (end < addr + size)
        shadow_range_clear_edge(t, end);
    t->stamped = true;
    shadow_budget_grow(t, (uint32_t)(size >> 9));
    shadow_range_set(t, x, end, cell);
}

void shadow_heap_alloc(struct shadow_thread *t, uintptr_t addr, size_t size,
                       const struct base_where *at)
{
    uint32_t stack;

    shadow_freed_clear(addr, addr + size);
    if (!shadow_world_enter(t))
        return;
    stack = shadow_thread_stack(t, at);
    shadow_block_enter(t, addr, size, stack);
    if (size && shadow_thread_plural && shadow_covers(addr, size)) {
        shadow_sync_drop_range(addr, addr + size, NULL);
        if (size <= SHADOW_BLOCK_SMALL && t->epoch && !at->foreign) {
            shadow_thread_log(t, addr, size, REPORT_WRITE, false, stack);
            stamp(t, addr, size);
        } else {
            shadow_range_clear(t, addr, size);
        }
    }
    shadow_world_leave(t);
}

void shadow_heap_resize(struct shadow_thread *t, uintptr_t addr, size_t old, size_t size,
                        const struct base_where *at)
{
    if (!shadow_world_enter(t))
        return;
    shadow_block_enter(t, addr, size, shadow_thread_stack(t, at));
    if (size > old && shadow_covers(addr + old, size - old)) {
        shadow_sync_drop_range(addr + old, addr + size, NULL);
        shadow_range_clear(t, addr + old, size - old);
    }
    shadow_world_leave(t);
}

void shadow_heap_fresh(struct shadow_thread *t, uintptr_t addr)
{
    struct shadow_block b;

    if (shadow_block_find(addr, &b) && !b.freed && b.addr == addr)
        shadow_clear(t, b.addr, b.size);
}

/* True if t has written the two granules in this epoch and nobody touched them since: its free changes nothing. */
static bool own_two(const struct shadow_thread *t, uintptr_t x)
{
    uint64_t cells = SHADOW_WIDE(t->epoch | SHADOW_CELL_MASK);

    return t->epoch && *(const volatile uint64_t *)shadow_plane_a(x) == cells &&
           *(const volatile uint64_t *)shadow_plane_w(x) == cells;
}

/* The granules [x, end) of b, in one tract that t holds or is at work in: there are no sync words. Returns as
 * shadow_wide_access(). */
static uintptr_t free_wide(struct shadow_thread *t, const struct shadow_block *b, uintptr_t x,
                           uintptr_t end)
{
    uintptr_t hi = b->addr + b->size, whole = hi & ~(uintptr_t)3, from;

    end = (end + 3) & ~(uintptr_t)3;
    whole = end < whole ? end : whole;
    while (x < end) {
        if (x >= b->addr && x < whole) {
            from = x;
            x = shadow_wide_put(from, whole, t->epoch | SHADOW_CELL_MASK);
            shadow_wide_fill(t, from, x, 0);
            if (x < whole)
                break;
        } else {
            if (shadow_wide_settle(t, x, x + 4) < x + 4 ||
                !shadow_granule_put_cells(x, t->epoch, shadow_range_mask(x, b->addr, hi), true))
                break;
            x += 4;
        }
    }
    return x;
}

/* The same, held. */
static void free_own(struct shadow_thread *t, const struct shadow_block *b, uintptr_t x,
                     uintptr_t end)
{
    for (; (x = free_wide(t, b, x, end)) < end; x += 4) {
        shadow_tract_settle(t, x);
        shadow_granule_put(t, x, t->epoch, shadow_range_mask(x, b->addr, b->addr + b->size), true);
    }
}

/* The granules [x, end) of b, in one tract that is SHARED; returns where that is not so any more. */
static uintptr_t free_shared(struct shadow_thread *t, const struct shadow_block *b, uintptr_t x,
                             uintptr_t end, struct shadow_found *found)
{
    for (; x < end; x += 4) {
        uint32_t mask = shadow_range_mask(x, b->addr, b->addr + b->size);
        enum shadow_visit visit;

        if (!(x & 7) && x + 8 <= end && own_two(t, x)) {
            x += 4; /* and the loop's own 4 */
            continue;
        }
        visit = shadow_granule_visit(t, x, mask, true, found);
        if (visit == SHADOW_VISIT_MOVED)
            break;
        if (visit == SHADOW_VISIT_SYNC)
            shadow_granule_set(x, t->epoch ? t->epoch | mask : 0);
    }
    return x;
}

/* Returns true if the inline plane of t may still say something of the block. */
static bool check_free(struct shadow_thread *t, const struct shadow_block *b,
                       const struct base_where *at, struct shadow_dropped *dropped)
{
    bool left = b->size > FREE_CHECKED;
    uintptr_t x = b->addr & ~(uintptr_t)3, next;
    uintptr_t last = b->addr + (b->size < FREE_CHECKED ? b->size : FREE_CHECKED);
    struct shadow_found found = { 0 };
    struct shadow_now now = { .addr = b->addr,
                              .size = b->size,
                              .op = REPORT_FREE,
                              .stack = shadow_thread_stack(t, at),
                              .pc = at ? at->pc : 0 };

    dropped->t = t;
    shadow_sync_drop_range(b->addr, b->addr + b->size, dropped);
    shadow_thread_log(t, b->addr, b->size, REPORT_FREE, false, now.stack);
    t->stamped = true;
    for (; x < last; x = next) {
        next = shadow_tract_end(x) < last ? shadow_tract_end(x) : last;
        if (shadow_tract_start(t, x)) {
            x = free_wide(t, b, x, next);
            shadow_tract_rest(t);
            if (x >= next)
                continue;
        }
        if (shadow_tract_open(t, x, true) == SHADOW_HOLD_OWN) {
            free_own(t, b, x, next);
            shadow_tract_close(t, x);
        } else {
            next = free_shared(t, b, x, next, &found);
            left = true;
        }
    }
    if (!found.previous)
        found = dropped->found; /* the use of what the atomic guarded says more */
    if (found.previous)
        shadow_finding_race(t, &now, &found);
    return left;
}

/* In one tract. */
static void forget_cells(struct shadow_thread *t, uintptr_t x, uintptr_t end)
{
    uintptr_t at = x;

    if (shadow_tract_start(t, x)) {
        x = shadow_wide_settle(t, x, end);
        shadow_tract_rest(t);
        if (x >= end)
            return;
    }
    if (shadow_tract_open(t, at, true) == SHADOW_HOLD_OWN) {
        for (; (x = shadow_wide_settle(t, x, end)) < end; x += 4)
            shadow_tract_settle(t, x);
        shadow_tract_close(t, at);
    } else {
        shadow_inline_forget_range(t, x, end);
    }
}

/* t's inline plane must not match in the block's next life, which another thread may begin. Those who used it before
 * have released since, or they race with this. */
static void forget_inline(struct shadow_thread *t, const struct shadow_block *b)
{
    if (!t->in)
        return;
    if (b->size > LARGE) { /* libc gives it back to the kernel, and so do we */
        shadow_range_clear(t, b->addr + KEPT, b->size - KEPT);
        return;
    }
    if (b->size > SHADOW_BLOCK_SMALL) {
        shadow_inline_renew(t);
        return;
    }
    for (uintptr_t x = b->addr & ~(uintptr_t)3, end = b->addr + b->size, next; x < end; x = next) {
        next = shadow_tract_end(x) < end ? shadow_tract_end(x) : end;
        forget_cells(t, x, next);
    }
}

/* Whoever uses b from now on is told of. libc gives large blocks back to the kernel. */
static void note_freed(struct shadow_thread *t, const struct shadow_block *b,
                       const struct base_where *at)
{
    if (!shadow_freed || b->size > SHADOW_BLOCK_SMALL)
        return;
    shadow_block_freed_at(t, b->addr, shadow_thread_stack(t, at));
    if (!shadow_thread_plural && t->in)
        shadow_inline_forget_range(t, b->addr, b->addr + b->size);
    shadow_freed_set(b->addr, b->addr + b->size);
}

static bool is_unchecked(const struct shadow_thread *t, const struct base_where *at)
{
    return at->foreign || shadow_thread_ignores(t, SHADOW_IGNORE_WRITES);
}

static void forget(struct shadow_thread *t, const struct shadow_block *b,
                   const struct base_where *at, struct shadow_dropped *dropped)
{
    bool unchecked = is_unchecked(t, at);

    shadow_inline_forget_known(t, b->addr, b->addr + b->size);
    if (!shadow_thread_plural) { /* nothing is recorded yet but sync words, which the next life must not inherit */
        if (shadow_sync_drop_range(b->addr, b->addr + b->size, unchecked ? NULL : dropped))
            shadow_range_clear(t, b->addr, b->size);
    } else if (unchecked) {
        shadow_range_clear(t, b->addr, b->size);
    } else if (check_free(t, b, at, dropped)) {
        forget_inline(t, b);
    }
}

static void end_block(struct shadow_thread *t, uintptr_t addr, const struct base_where *at,
                      bool untouched)
{
    struct shadow_dropped dropped = { 0 };
    struct shadow_block b;

    if (!shadow_world_enter(t))
        return;
    if (shadow_block_leave(addr, &b) && b.size && shadow_covers(b.addr, b.size)) {
        forget(t, &b, at, &dropped);
        if (untouched && !is_unchecked(t, at))
            note_freed(t, &b, at);
    }
    shadow_world_leave(t);
    for (unsigned i = 0; i < dropped.count; i++)
        shadow_misuse_freed(t, dropped.id[i], dropped.addr[i], at);
}

void shadow_heap_free(struct shadow_thread *t, uintptr_t addr, const struct base_where *at)
{
    end_block(t, addr, at, true);
}

void shadow_heap_give_back(struct shadow_thread *t, uintptr_t addr, const struct base_where *at)
{
    end_block(t, addr, at, false);
}
