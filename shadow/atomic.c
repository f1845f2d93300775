/*
 * shadow/atomic.c - words that LOCK and XCHG instructions work on, and plain accesses to them.
 *
 * A word becomes a sync word with its first atomic access, until its memory is freed: cell A of its granules says
 * SYNC, nobody's inline plane matches there. A plain aligned load is then an acquire, a plain store a release: on this
 * CPU they are what atomic loads and stores compile to. Only an access with evidence of plainness can be a finding.
 * A sync object serves a granule, or both granules of 8 aligned bytes where an operation worked on both.
 */
#include <stddef.h>

#include "shadow/evidence.h"
#include "shadow/exact.h"
#include "shadow/finding.h"
#include "shadow/freed.h"
#include "shadow/range.h"
#include "shadow/sync.h"
#include "shadow/world.h"

struct heir {
    struct shadow_thread *t;
    uint32_t mask; /* bytes of the granule that become atomic */
    struct shadow_found *found;
};

/* An earlier write that the word's new life would forget. */
static void look(void *arg, uintptr_t x, uint32_t cell, bool wrote)
{
    const struct heir *h = arg;
    uint32_t bytes = cell & h->mask, first;

    if (!wrote || !bytes || h->found->previous || shadow_thread_ordered(h->t, cell))
        return;
    first = (uint32_t)__builtin_ctz(bytes);
    *h->found = (struct shadow_found){ .addr = x + first,
                                       .previous = (cell & ~SHADOW_CELL_MASK) | bytes,
                                       .size = 32 - (uint32_t)__builtin_clz(bytes) - first,
                                       .wrote = true };
}

/* What look() sees goes to *found (may be NULL). */
static void mark(struct shadow_thread *t, struct shadow_sync *s, uintptr_t lo, uintptr_t hi,
                 struct shadow_found *found)
{
    for (uintptr_t x = lo & ~(uintptr_t)3; x < hi; x += 4) {
        struct heir heir = { t, shadow_range_mask(x, lo, hi), found };

        s->granules |= (uint8_t)(1 << (x >> 2 & 1));
        if (shadow_granule_make_sync(t, x, found ? look : NULL, &heir))
            shadow_inline_revoke_granule(t, x, true);
    }
}

static void mixed(struct shadow_found *f, uintptr_t addr, uint32_t size, uint32_t epoch, bool wrote)
{
    if (!f->previous)
        *f = (struct shadow_found){ addr, epoch | SHADOW_CELL_MASK, size, wrote, true };
}

/* The clock that a release now publishes is the atomic write's epoch: whoever gets the word's stamp knows it. One that
 * the thread published before would be known to others already; but a loop on one word must not use clocks up. */
static void release(struct shadow_thread *t, struct shadow_sync *s, uint8_t bytes)
{
    uint32_t slot = t->slot;

    s->word.bytes = bytes;
    if (!t->epoch) {
        shadow_stamp_release(t, &s->stamp);
        return;
    }
    if (s->word.atomic != shadow_cell_epoch(slot, t->released))
        t->stamped = true;
    shadow_stamp_release(t, &s->stamp);
    s->word.atomic = shadow_cell_epoch(slot, t->released);
}

/* [lo, hi) lies in 8 aligned bytes. */
static bool both(uintptr_t lo, uintptr_t hi)
{
    return lo >> 2 != (hi - 1) >> 2;
}

static uintptr_t key_of(uintptr_t lo, uintptr_t hi)
{
    return both(lo, hi) ? shadow_sync_whole(lo) : shadow_sync_word(lo);
}

/* True if the operation would change nothing that is recorded of the word. The object may be changing meanwhile. */
static bool quiet(const struct shadow_thread *t, const struct shadow_sync *s, uintptr_t lo,
                  uintptr_t hi, enum shadow_atomic_op op)
{
    if (both(lo, hi) && !s->whole)
        return false;
    for (uintptr_t x = lo & ~(uintptr_t)3; x < hi; x += 4)
        if (!(s->granules >> (x >> 2 & 1) & 1) ||
            __atomic_load_n(shadow_plane_a(x), __ATOMIC_RELAXED) != SHADOW_CELL_SYNC)
            return false;
    if (s->word.generation != shadow_world.generation || s->word.plain || s->word.exact)
        return false;
    if (op != SHADOW_ATOMIC_STORE && !shadow_stamp_known(t, &s->stamp))
        return false;
    return op == SHADOW_ATOMIC_LOAD ||
           (t->epoch && s->word.atomic == shadow_cell_epoch(t->slot, t->released) &&
            s->word.bytes == shadow_sync_bytes(lo, hi) && shadow_stamp_published(t, &s->stamp));
}

static bool pass(const struct shadow_thread *t, uintptr_t key, uintptr_t lo, uintptr_t hi,
                 enum shadow_atomic_op op)
{
    const struct shadow_sync *s = shadow_sync_find_word(&key);
    uint32_t version;
    bool passes;

    if (!s || !shadow_sync_peek(s, &version))
        return false;
    passes = quiet(t, s, lo, hi, op);
    return shadow_sync_same(s, key, version) && passes;
}

/* Two atomic writes whose sizes differ: each works on an object that is none for the other. What only reads a part, such
 * as the count beside a pointer that are changed together, is common and means no harm. */
static void sizes(const struct shadow_thread *t, const struct shadow_sync *s, uintptr_t lo,
                  uint8_t bytes, struct shadow_found *found)
{
    uint8_t both = s->word.bytes & bytes;
    unsigned first = (unsigned)__builtin_ctz(both | 1u << 8);

    if (!both || s->word.bytes == bytes || !s->word.atomic || found->previous ||
        shadow_thread_ordered(t, s->word.atomic))
        return;
    mixed(found, (lo & ~(uintptr_t)7) + first, (uint32_t)__builtin_popcount(both), s->word.atomic,
          true);
    found->sizes = true;
}

static void word_check(struct shadow_thread *t, struct shadow_sync *s, uintptr_t lo, uintptr_t hi,
                       enum shadow_atomic_op op, struct shadow_found *found)
{
    mark(t, s, lo, hi, found->previous ? NULL : found);
    found->mixed = found->previous != 0;
    shadow_word_freshen(s);
    if (s->word.plain && (op != SHADOW_ATOMIC_LOAD || s->word.plain_wrote) &&
        !shadow_thread_ordered(t, s->word.plain)) {
        mixed(found, lo, (uint32_t)(hi - lo), s->word.plain, s->word.plain_wrote);
        s->word.plain = 0;
    }
    if (op != SHADOW_ATOMIC_LOAD)
        sizes(t, s, lo, shadow_sync_bytes(lo, hi), found);
    if (s->word.exact)
        shadow_exact_touch(
            t, s, lo, hi, SHADOW_TOUCH_ATOMIC | (op != SHADOW_ATOMIC_LOAD ? SHADOW_TOUCH_WRITE : 0),
            found);
}

static void word_op(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, enum shadow_atomic_op op,
                    struct shadow_found *found)
{
    uintptr_t key = key_of(lo, hi);
    struct shadow_sync *s;

    if (!pass(t, key, lo, hi, op)) {
        s = shadow_sync_get_word(key, both(lo, hi), true);
        if (!s) {
            shadow_world_want_reset(); /* an edge is lost */
            return;
        }
        if (op != SHADOW_ATOMIC_STORE && s->word.exact)
            shadow_exact_acquire(t, s);
        word_check(t, s, lo, hi, op, found);
        if (op != SHADOW_ATOMIC_STORE)
            shadow_stamp_acquire(
                t, &s->stamp); /* what is there now; the rest when the load has happened */
        if (op != SHADOW_ATOMIC_LOAD)
            release(t, s, shadow_sync_bytes(lo, hi));
        shadow_sync_put(s);
    }
    if (op != SHADOW_ATOMIC_STORE)
        shadow_sync_pend(t, key);
}

static uint8_t report_op_of(enum shadow_atomic_op op)
{
    return op == SHADOW_ATOMIC_LOAD    ? REPORT_ATOMIC_LOAD
           : op == SHADOW_ATOMIC_STORE ? REPORT_ATOMIC_STORE
                                       : REPORT_ATOMIC_RMW;
}

void shadow_atomic(struct shadow_thread *t, uintptr_t addr, uint32_t size, enum shadow_atomic_op op,
                   const struct base_where *at)
{
    struct shadow_found found = { 0 };
    struct shadow_now now = {
        .addr = addr, .size = size, .op = report_op_of(op), .pc = at ? at->pc : 0
    };
    uintptr_t end = addr + size, next;

    if (!size || !shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    if (!shadow_covers(addr, size)) {
        t->stats.dropped++;
        shadow_world_leave(t);
        return;
    }
    now.stack = shadow_thread_stack(t, at);
    shadow_thread_log(t, addr, size, now.op, false, now.stack);
    if (addr % size)
        shadow_finding_misaligned(t, &now);
    for (uintptr_t lo = addr; lo < end; lo = next) {
        next = (lo & ~(uintptr_t)7) + 8;
        word_op(t, lo, next < end ? next : end, op, &found);
    }
    if (found.previous)
        shadow_finding_race(t, &now, &found);
    shadow_world_leave(t);
    if (shadow_freed_has(addr) && !found.previous)
        shadow_freed_report(t, addr, size, now.op, at);
}

/* One aligned word, by the thread that has just found out; *from is what its earlier writer knew. */
static void prove(struct shadow_thread *t, uintptr_t lo, uintptr_t hi,
                  const struct shadow_stamp *from)
{
    struct shadow_sync *s = shadow_sync_get_word(key_of(lo, hi), both(lo, hi), true);

    if (s) {
        mark(t, s, lo, hi, NULL);
        shadow_word_freshen(s);
        shadow_stamp_join(&s->stamp, from);
    } else {
        shadow_world_want_reset(); /* an edge is lost */
    }
    shadow_sync_put(s);
}

void shadow_atomic_prove(struct shadow_thread *t, uintptr_t addr, size_t size,
                         const struct shadow_stamp *from)
{
    uintptr_t end = addr + size, next;

    for (uintptr_t lo = addr; lo < end; lo = next) {
        next = (lo & ~(uintptr_t)7) + 8;
        prove(t, lo, next < end ? next : end, from);
    }
}

void shadow_atomic_declare(struct shadow_thread *t, uintptr_t addr, size_t size)
{
    const struct shadow_stamp none = { 0 };

    if (!size || !shadow_covers(addr, size) || !shadow_world_enter(t))
        return;
    shadow_atomic_prove(t, addr, size, &none);
    shadow_world_leave(t);
}

/* An access with evidence of plainness. */
static void plain(struct shadow_thread *t, struct shadow_sync *s, uintptr_t x, uint32_t mask,
                  bool write, struct shadow_found *found)
{
    if (s->word.exact) {
        shadow_exact_touch(t, s, x + (unsigned)__builtin_ctz(mask),
                           x + 32 - (unsigned)__builtin_clz(mask), write ? SHADOW_TOUCH_WRITE : 0,
                           found);
        return;
    }
    if (s->word.atomic && !shadow_thread_ordered(t, s->word.atomic)) {
        mixed(found, x, 4, s->word.atomic, true);
        s->word.atomic = 0;
    }
    if (t->epoch) {
        s->word.plain = t->epoch;
        s->word.plain_wrote = write;
        t->stamped = true;
    }
}

/* A store that has no mark of an atomic one: the debug information will be asked once more. */
static void unmarked(const struct shadow_thread *t, const struct shadow_sync *s, uintptr_t x,
                     uint32_t mask, struct shadow_found *found)
{
    uint32_t first = (uint32_t)__builtin_ctz(mask);

    if (s->word.atomic && !shadow_thread_ordered(t, s->word.atomic))
        mixed(found, x + first, 32 - (uint32_t)__builtin_clz(mask) - first, s->word.atomic, true);
}

void shadow_atomic_plain(struct shadow_thread *t, uintptr_t x, uint32_t mask, uint32_t flags,
                         struct shadow_found *found)
{
    uintptr_t key = shadow_sync_word(x);
    struct shadow_sync *s;

    if (flags & SHADOW_EXACT) {
        shadow_exact_plain(t, x, mask, flags & SHADOW_WRITE, found);
        return;
    }
    s = shadow_sync_get_word(key, false, true);
    if (!s) {
        shadow_world_want_reset(); /* an edge is lost */
        return;
    }
    s->granules |= (uint8_t)(1 << (x >> 2 & 1));
    shadow_word_freshen(s);
    if (flags & SHADOW_PLAIN)
        plain(t, s, x, mask, flags & SHADOW_WRITE, found);
    else if (flags & SHADOW_UNMARKED && flags & SHADOW_WRITE)
        unmarked(t, s, x, mask, found);
    if (flags & SHADOW_WRITE)
        shadow_stamp_release(t, &s->stamp);
    shadow_sync_put(s);
    if (!(flags & SHADOW_WRITE) || flags & SHADOW_PLAIN)
        shadow_sync_pend(t, key);
}
