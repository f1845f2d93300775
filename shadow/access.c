/*
 * shadow/access.c - the cold path of an inlined check, and ranges.
 *
 * Order: what the thread recorded in this epoch already needs nothing; else log (a finding of another thread must find
 * the event as soon as it finds the stamp), stamp and check, fill the inline plane, report.
 */
#include <stddef.h>

#include "shadow/finding.h"
#include "shadow/freed.h"
#include "shadow/range.h"
#include "shadow/record.h"
#include "shadow/site.h"
#include "shadow/sync.h"
#include "shadow/tract.h"
#include "shadow/two.h"
#include "shadow/wide.h"
#include "shadow/world.h"

#define STEPS                                                                                      \
    8u          /* one visit in so many goes the long way, where it is decided who gets the tract */
#define FEW 48u /* bytes that knows_few() can look at */

static void step(struct shadow_thread *t, uintptr_t x, uint32_t mask, uint32_t flags,
                 struct shadow_found *found)
{
    bool write = flags & SHADOW_WRITE, raced = found->previous != 0;

    enum shadow_visit visit = SHADOW_VISIT_MOVED;

    while (visit == SHADOW_VISIT_MOVED) {
        enum shadow_hold hold = shadow_tract_open(t, x, write);

        if (hold == SHADOW_HOLD_OWN) {
            shadow_tract_access(t, x, mask, write);
            shadow_tract_close(t, x);
            return;
        }
        if (hold == SHADOW_HOLD_READ) {
            if (shadow_tract_read(t, x, mask))
                return;
            continue;
        }
        visit = shadow_granule_visit(t, x, mask, write, found);
    }
    if (visit == SHADOW_VISIT_SYNC) {
        shadow_atomic_plain(t, x, mask, flags, found);
        return;
    }
    if (!raced && found->previous)
        shadow_inline_forget(t, x); /* level 2 has forgotten what came before */
    shadow_inline_fill(t, x, mask, write);
}

/* An event in short, of an instruction whose site is known; false: not possible. */
static bool note_site(struct shadow_thread *t, uintptr_t addr, const struct base_where *at)
{
    const struct shadow_site *s = shadow_site_of(at->number);
    uint32_t callers =
        s && !shadow_history_sites ? report_stack_callers(&t->walker, &s->leaf, at) : 0;

    if (callers)
        shadow_history_add_site(t->history, at->number, addr, t->epoch, callers);
    return callers != 0;
}

/* An access, as it is noted for others. */
struct event {
    const struct base_where *at;
    uint32_t flags;
    uint32_t epoch; /* in which it was noted */
    struct shadow_now now;
};

static struct event event_of(uintptr_t addr, size_t len, uint32_t flags,
                             const struct base_where *at)
{
    struct event e = { .at = at, .flags = flags };

    e.now.addr = addr;
    e.now.size = len;
    e.now.op = flags & SHADOW_WRITE ? REPORT_WRITE : REPORT_READ;
    e.now.plain = flags & SHADOW_PLAIN;
    e.now.pc = at ? at->pc : 0;
    return e;
}

/* Before the first stamp: a finding of another thread must find the event. */
static void note(struct shadow_thread *t, struct event *e)
{
    if (!e->at || !note_site(t, e->now.addr, e->at))
        shadow_thread_log(t, e->now.addr, e->now.size, e->now.op, e->now.plain,
                          shadow_thread_stack(t, e->at));
    e->epoch = t->epoch;
    t->stamped = true;
    t->filled++;
}

static void note_first(struct shadow_thread *t, struct event *e, uintptr_t addr, size_t len,
                       uint32_t flags, const struct base_where *at)
{
    *e = event_of(addr, len, flags, at);
    note(t, e);
}

/* A store to a sync word releases, which ends the epoch in the midst of an access: what follows is stamped with the next one,
 * that has to be published, too, and in which the event is looked for. */
static inline void note_rest(struct shadow_thread *t, struct event *e)
{
    if (__builtin_expect(e->epoch != t->epoch, 0))
        note(t, e);
}

static void report(struct shadow_thread *t, struct event *e, const struct shadow_found *found)
{
    if (found->previous == t->told.previous && found->addr == t->told.addr)
        return;
    e->now.stack = shadow_thread_stack(t, e->at);
    shadow_finding_race(t, &e->now, found);
}

/* All granules from x to end, in one tract that is held. */
static void access_held(struct shadow_thread *t, uintptr_t x, uintptr_t lo, uintptr_t end,
                        bool write)
{
    for (; (x = shadow_wide_access(t, x, lo, end, write)) < end; x += 4)
        shadow_tract_access(t, x, shadow_range_mask(x, lo, end), write);
}

/* The same of a tract that t may have joined: what it reads whole, all at once. Returns what is left. */
static uintptr_t read_along(struct shadow_thread *t, uintptr_t x, uintptr_t lo, uintptr_t end)
{
    uintptr_t from = x < lo ? x + 4 : x, to = end & ~(uintptr_t)3;

    if (from < to && shadow_wide_read_along(t, from, to))
        x = shadow_inline_miss(t, x, lo, end, false);
    return x;
}

/* The granules from x to end, in one tract. */
static void access_piece(struct shadow_thread *t, uintptr_t x, uintptr_t lo, uintptr_t hi,
                         struct event *e, struct shadow_found *found)
{
    bool write = e->flags & SHADOW_WRITE;
    uintptr_t end = shadow_tract_end(x) < hi ? shadow_tract_end(x) : hi;

    if (shadow_tract_start(t, x)) {
        x = shadow_wide_access(t, x, lo, end, write);
        shadow_tract_rest(t);
        if (x >= end)
            return;
    }
    if (shadow_tracts && shadow_tract_open(t, x, write) == SHADOW_HOLD_OWN) {
        access_held(t, x, lo, end, write);
        shadow_tract_close(t, x);
        return;
    }
    if (!write && shadow_tracts)
        x = read_along(t, x, lo, end);
    while (x < end) {
        bool two = !(x & 7) && x >= lo && x + 8 <= end && ++t->visits % STEPS && !found->previous;

        if (two && shadow_two_visit(t, x, write)) {
            x += 8;
        } else {
            step(t, x, shadow_range_mask(x, lo, hi), e->flags, found);
            note_rest(t, e);
            x += 4;
        }
        x = shadow_inline_miss(t, x, lo, end, write);
    }
}

static void check(struct shadow_thread *t, uintptr_t addr, size_t len, uint32_t flags,
                  const struct base_where *at)
{
    bool write = flags & SHADOW_WRITE;
    uintptr_t hi = addr + len, x = shadow_inline_miss(t, addr & ~(uintptr_t)3, addr, hi, write);
    struct shadow_found found = { 0 };
    struct event e;

    if (x >= hi)
        return;
    note_first(t, &e, addr, len, flags, at);
    t->range_lo = addr;
    t->range_end = hi;
    t->range_writes = write;
    while (x < hi) {
        access_piece(t, x, addr, hi, &e, &found);
        x = shadow_inline_miss(t, shadow_tract_end(x), addr, hi, write);
    }
    t->range_end = 0;
    t->range_writes = false;
    if (found.previous)
        report(t, &e, &found);
}

/* What shadow_fast() has found for the same access a moment ago. */
static void report_late(struct shadow_thread *t, uintptr_t addr, uint32_t size, uint32_t flags,
                        const struct base_where *at)
{
    struct shadow_found found = t->late;
    struct event e = event_of(addr, size, flags, at);

    t->late.previous = 0;
    if (found.addr < addr || found.addr >= addr + size)
        return;
    report(t, &e, &found);
    t->told = found;
}

/* At most 8 bytes: each granule's mask is 4 bits of `bytes`. */
static void check_few(struct shadow_thread *t, uintptr_t addr, uint32_t size, uint32_t flags,
                      const struct base_where *at)
{
    uint32_t bytes = ((1u << size) - 1) << (addr & 3);
    uintptr_t x = addr & ~(uintptr_t)3;
    struct shadow_found found = { 0 };
    struct event e;
    bool noted = false;

    for (; bytes; x += 4, bytes >>= 4) {
        if (!(bytes & 15) || shadow_inline_has(t, x, bytes & 15, flags & SHADOW_WRITE))
            continue;
        if (!noted)
            note_first(t, &e, addr, size, flags, at);
        else
            note_rest(t, &e);
        noted = true;
        step(t, x, bytes & 15, flags, &found);
    }
    if (found.previous)
        report(t, &e, &found);
}

/*
 * Before there has been a second thread nothing can race: whoever comes later is created by this thread and knows all it
 * did. The inline plane is told that the whole cache line is known, but for what was freed, so that its checks are quiet; the tag changes when
 * the second thread is created, and so none of this outlives that moment.
 */
static void pass_alone(struct shadow_thread *t, uintptr_t addr)
{
    uint64_t *cells;
    uint32_t freed;

    if (__atomic_load_n(&t->revoked,
                        __ATOMIC_RELAXED)) { /* a forked child begins so: draws a new tag */
        if (!shadow_world_enter(t))
            return;
        shadow_world_leave(t);
    }
    if (!t->in || !t->tag || !shadow_covers(addr, 1))
        return;
    cells = (uint64_t *)shadow_inline_cell(t->in, addr & ~(uintptr_t)63);
    freed = shadow_freed_line(addr);
    for (unsigned i = 0; i < 8; i++)
        if (!(freed >> i & 1))
            cells[i] = t->in->cur_write;
}

/* As the emitted compare: outside the bracket. Few bytes, a bit for each: two granules a step, without a branch for the
 * edges. */
static bool knows_few(const struct shadow_inline *in, uintptr_t addr, size_t len, bool write)
{
    const uint32_t *cells = shadow_inline_cell(in, addr);
    uint64_t bytes = ((1ull << len) - 1) << (addr & 3), cur = in->cur_write, miss = 0, two;
    unsigned shift = write ? 0 : 4;

    for (; bytes; bytes >>= 8, cells += 2) {
        uint64_t first = bytes & 15, second = bytes >> 4 & 15;

        first = first << shift | (0xFFFFFF00 & -(uint64_t)(first != 0));
        second = second << shift | (0xFFFFFF00 & -(uint64_t)(second != 0));
        __builtin_memcpy(&two, cells, sizeof(two));
        miss |= (two ^ cur) & (second << 32 | first);
    }
    return !miss;
}

static bool is_ignored(const struct shadow_thread *t, uint32_t flags)
{
    return shadow_thread_ignores(t,
                                 flags & SHADOW_WRITE ? SHADOW_IGNORE_WRITES : SHADOW_IGNORE_READS);
}

static bool is_known(const struct shadow_thread *t, uintptr_t addr, size_t len, uint32_t flags)
{
    bool write = flags & SHADOW_WRITE;

    if (!t->in || !t->in->plane || !shadow_covers(addr, len + 8))
        return false;
    if (len <= FEW)
        return knows_few(t->in, addr, len, write);
    return shadow_inline_miss(t, addr & ~(uintptr_t)3, addr, addr + len, write) >= addr + len;
}

/* As an access of several bytes to freed memory is looked for at its start, so in a range at the start of each block. */
#define LOOKED_AT 4096u

static uintptr_t first_freed(uintptr_t addr, size_t len)
{
    uintptr_t end = addr + (len < LOOKED_AT ? len : LOOKED_AT);

    if (shadow_freed_has(addr))
        return addr;
    for (uintptr_t x = addr & ~(uintptr_t)63; shadow_freed && x < end; x += 64)
        if (shadow_freed_line(x))
            for (uintptr_t y = x > addr ? x : (addr | 7) + 1; y < x + 64 && y < end; y += 8)
                if (shadow_freed_has(y))
                    return y;
    return 0;
}

static enum report_op op_of(uint32_t flags)
{
    return flags & SHADOW_WRITE ? REPORT_WRITE : REPORT_READ;
}

/* After the check for races, of which t had found that many before it: one with the free says the same. */
static void report_freed(struct shadow_thread *t, uintptr_t addr, size_t len, uint32_t flags,
                         const struct base_where *at, uint64_t races)
{
    uintptr_t first = first_freed(addr, len);

    if (first && t->races == races)
        shadow_freed_report(t, first, addr + len - first, op_of(flags), at);
}

static void check_range(struct shadow_thread *t, uintptr_t addr, size_t len, uint32_t flags,
                        const struct base_where *at)
{
    if (is_known(t, addr, len, flags) || !shadow_world_enter(t))
        return;
    if (t->in && shadow_covers(addr, len))
        check(t, addr, len, flags, at);
    else
        t->stats.dropped++;
    shadow_world_leave(t);
}

void shadow_range(struct shadow_thread *t, uintptr_t addr, size_t len, uint32_t flags,
                  const struct base_where *at)
{
    uint64_t races = t->races;

    if (!len || is_ignored(t, flags))
        return;
    if (shadow_thread_plural)
        check_range(t, addr, len, flags, at);
    report_freed(t, addr, len, flags, at, races);
}

/* The cells and the record are seldom in a cache: fetched while the stack is looked at and the event written. Hints
 * only; without a branch, which would wait for cell A. */
static inline void prefetch(uintptr_t addr)
{
    uint32_t a;

    __builtin_prefetch(shadow_plane_w(addr));
    a = __atomic_load_n(shadow_plane_a(addr), __ATOMIC_RELAXED);
    __builtin_prefetch(&shadow_records[a & ~SHADOW_CELL_ESC & (uint32_t)((int32_t)a >> 31)]);
}

static void check_access(struct shadow_thread *t, uintptr_t addr, uint32_t size, uint32_t flags,
                         const struct base_where *at)
{
    if (!shadow_world_enter(t))
        return;
    if (t->in && shadow_covers(addr, size)) {
        prefetch(addr);
        if (__builtin_expect(t->late.previous != 0, 0))
            report_late(t, addr, size, flags, at);
        if (size > 8)
            check(t, addr, size, flags, at);
        else
            check_few(t, addr, size, flags, at);
        t->told.previous = 0;
    } else {
        t->stats.dropped++;
    }
    shadow_world_leave(t);
}

void shadow_access(struct shadow_thread *t, uintptr_t addr, uint32_t size, uint32_t flags,
                   const struct base_where *at)
{
    uint64_t races = t->races;

    if (!size || is_ignored(t, flags))
        return;
    if (__builtin_expect(!shadow_thread_plural, 0)) {
        pass_alone(t, addr);
        pass_alone(t, addr + size - 1);
    } else {
        check_access(t, addr, size, flags, at);
    }
    if (shadow_freed_has(addr) && t->races == races)
        shadow_freed_report(t, addr, size, op_of(flags), at);
}
