/*
 * shadow/heap.c - malloc as an imitated write, free as a checked one. The table of blocks is in block.c.
 */
#include <stddef.h>

#include "shadow/block.h"
#include "shadow/finding.h"
#include "shadow/range.h"
#include "shadow/sync.h"
#include "shadow/tract.h"
#include "shadow/wide.h"
#include "shadow/world.h"

#define FREE_CHECKED 1024u

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
    shadow_range_set(t, x, end, cell);
}

void shadow_heap_alloc(struct shadow_thread *t, uintptr_t addr, size_t size,
                       const struct base_where *at)
{
    uint32_t stack;

    if (!shadow_world_enter(t))
        return;
    stack = shadow_thread_caller(t, at);
    shadow_block_enter(t, addr, size, stack);
    if (size && shadow_thread_plural && shadow_covers(addr, size)) {
        shadow_sync_drop_range(addr, addr + size);
        if (size <= SHADOW_BLOCK_SMALL && t->epoch && !at->foreign) {
            shadow_thread_log(t, addr, size, REPORT_WRITE, false, stack);
            stamp(t, addr, size);
        } else {
            shadow_range_clear(t, addr, size);
        }
    }
    shadow_world_leave(t);
}

/* True if t has written the two granules in this epoch and nobody touched them since: its free changes nothing. */
static bool own_two(const struct shadow_thread *t, uintptr_t x)
{
    uint64_t cells = SHADOW_WIDE(t->epoch | SHADOW_CELL_MASK);

    return t->epoch && *(const volatile uint64_t *)shadow_plane_a(x) == cells &&
           *(const volatile uint64_t *)shadow_plane_w(x) == cells;
}

static void free_edge(struct shadow_thread *t, const struct shadow_block *b, uintptr_t x)
{
    shadow_tract_settle(t, x);
    shadow_granule_put(t, x, t->epoch, shadow_range_mask(x, b->addr, b->addr + b->size), true);
}

/* The granules [x, end) of b, in one tract that t owns and holds: there are no sync words. */
static void free_own(struct shadow_thread *t, const struct shadow_block *b, uintptr_t x,
                     uintptr_t end)
{
    uintptr_t whole = (b->addr + b->size) & ~(uintptr_t)3, to;

    end = (end + 3) & ~(uintptr_t)3;
    to = end < whole ? end : whole;
    if (x < b->addr) {
        free_edge(t, b, x);
        x += 4;
    }
    if (x < to) {
        shadow_wide_set(x, to, t->epoch | SHADOW_CELL_MASK);
        shadow_wide_fill(t, x, to, 0);
        x = to;
    }
    for (; x < end; x += 4)
        free_edge(t, b, x);
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

static void check_free(struct shadow_thread *t, const struct shadow_block *b,
                       const struct base_where *at)
{
    uintptr_t x = b->addr & ~(uintptr_t)3, next;
    uintptr_t last = b->addr + (b->size < FREE_CHECKED ? b->size : FREE_CHECKED);
    struct shadow_found found = { 0 };
    struct shadow_now now = { .addr = b->addr,
                              .size = b->size,
                              .op = REPORT_FREE,
                              .stack = shadow_thread_caller(t, at),
                              .pc = at ? at->pc : 0 };

    shadow_sync_drop_range(b->addr, b->addr + b->size);
    shadow_thread_log(t, b->addr, b->size, REPORT_FREE, false, now.stack);
    t->stamped = true;
    for (; x < last; x = next) {
        next = shadow_tract_end(x) < last ? shadow_tract_end(x) : last;
        if (shadow_tract_open(t, x) == SHADOW_HOLD_OWN) {
            free_own(t, b, x, next);
            shadow_tract_close(t, x);
        } else {
            next = free_shared(t, b, x, next, &found);
        }
    }
    if (found.previous)
        shadow_finding_race(t, &now, &found);
}

static void forget_cells(struct shadow_thread *t, uintptr_t x, uintptr_t end, bool settle)
{
    while (x < end) {
        uint64_t *two = (uint64_t *)shadow_inline_cell(t->in, x);

        if (!(x & 7) && x + 8 <= end && (!*two || !settle || shadow_wide_fold(t, x, *two))) {
            if (*two)
                *two = 0;
            x += 8;
            continue;
        }
        if (settle)
            shadow_tract_settle(t, x);
        else
            shadow_inline_forget(t, x);
        x += 4;
    }
}

/* t's inline plane must not match in the block's next life, which another thread may begin. Those who used it before
 * have released since, or they race with this. */
static void forget_inline(struct shadow_thread *t, const struct shadow_block *b)
{
    if (!t->in)
        return;
    if (b->size > SHADOW_BLOCK_SMALL) {
        shadow_inline_renew(t);
        return;
    }
    for (uintptr_t x = b->addr & ~(uintptr_t)3, end = b->addr + b->size, next; x < end; x = next) {
        bool own = shadow_tract_open(t, x) == SHADOW_HOLD_OWN;

        next = shadow_tract_end(x) < end ? shadow_tract_end(x) : end;
        forget_cells(t, x, next, own);
        if (own)
            shadow_tract_close(t, x);
    }
}

static void forget(struct shadow_thread *t, const struct shadow_block *b,
                   const struct base_where *at)
{
    if (!shadow_thread_plural) { /* nothing is recorded yet but sync words, which the next life must not inherit */
        if (shadow_sync_drop_range(b->addr, b->addr + b->size))
            shadow_range_clear(t, b->addr, b->size);
    } else if (at->foreign) {
        shadow_range_clear(t, b->addr, b->size);
    } else {
        check_free(t, b, at);
        forget_inline(t, b);
    }
}

void shadow_heap_free(struct shadow_thread *t, uintptr_t addr, const struct base_where *at)
{
    struct shadow_block b;

    if (!shadow_world_enter(t))
        return;
    if (shadow_block_leave(addr, &b) && b.size && shadow_covers(b.addr, b.size))
        forget(t, &b, at);
    shadow_world_leave(t);
}
