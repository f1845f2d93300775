/*
 * shadow/exact.c - atomic operations of compiled code, by the rules of C11.
 *
 *      shadow_exact_begin()    the event for later findings; the word's lock
 *        the operation itself, by the caller: so that words are changed in the order in which we learn of it
 *      shadow_exact_end()      what was read is acquired; the bytes are checked; what was written releases
 *
 * The object of such a word is always that of both granules: where an atomic lies in it says which order it has.
 * An atomic of 16 bytes, or a misaligned one, lies in several words: the first one carries its order, and each its bytes.
 */
#include "shadow/exact.h"

#include <stddef.h>

#include "base/arena.h"
#include "shadow/finding.h"
#include "shadow/freed.h"
#include "shadow/range.h"
#include "shadow/world.h"

static struct base_pool words = BASE_POOL_INIT(sizeof(struct shadow_exact));
static struct base_pool orders = BASE_POOL_INIT(sizeof(struct shadow_sequence));

bool shadow_rewritten;

/* The end of the part of [lo, end) that lies in lo's word. */
static uintptr_t part_end(uintptr_t lo, uintptr_t end)
{
    uintptr_t next = (lo & ~(uintptr_t)7) + 8;

    return next < end ? next : end;
}

/* What code that was not compiled so did with the word is known by the granule; from now on it is by the byte. */
static void take_over(struct shadow_thread *t, struct shadow_sync *s, struct shadow_exact *e)
{
    uint32_t bytes = (s->granules & 1 ? 0x0F : 0) | (s->granules & 2 ? 0xF0 : 0);

    shadow_word_freshen(s);
    if (s->word.atomic)
        shadow_touch_inherit(t, &e->touches, s->word.atomic, bytes,
                             SHADOW_TOUCH_WRITE | SHADOW_TOUCH_ATOMIC | SHADOW_TOUCH_EARLIER);
    if (s->word.plain)
        shadow_touch_inherit(t, &e->touches, s->word.plain, bytes,
                             (s->word.plain_wrote ? SHADOW_TOUCH_WRITE : 0) | SHADOW_TOUCH_EARLIER);
    s->word.atomic = s->word.plain = 0;
}

/* NULL: no memory, and said so. */
static struct shadow_exact *get(struct shadow_thread *t, struct shadow_sync *s)
{
    struct shadow_exact *e = s->word.exact;

    if (e)
        return e;
    e = base_pool_get(&words);
    if (e)
        take_over(t, s, e);
    else
        shadow_world_want_reset(); /* an edge is lost */
    s->word.exact = e;
    return e;
}

static struct shadow_sequence *order_at(struct shadow_exact *e, uint8_t offset)
{
    struct shadow_sequence *o = &e->order;

    if (!o->used) {
        o->used = true;
        o->offset = offset;
    }
    while (o->offset != offset && o->next)
        o = o->next;
    if (o->offset == offset)
        return o;
    o->next = base_pool_get(&orders);
    if (!o->next) {
        shadow_world_want_reset();
        return NULL;
    }
    o->next->used = true;
    o->next->offset = offset;
    return o->next;
}

void shadow_exact_drop(struct shadow_sync *s)
{
    struct shadow_exact *e = s->word.exact;
    struct shadow_sequence *o, *next;

    if (!e)
        return;
    s->word.exact = NULL;
    shadow_sequence_drop(&e->order);
    for (o = e->order.next; o; o = next) {
        next = o->next;
        shadow_sequence_drop(o);
        base_pool_put(&orders, o);
    }
    base_pool_put(&words, e);
}

/* ---- a word is new, or has been forgotten ------------------------------------------------------------------ */

struct heir {
    struct shadow_thread *t;
    struct shadow_touches *touches;
};

static void inherit(void *arg, uintptr_t x, uint32_t cell, bool wrote)
{
    struct heir *h = arg;

    shadow_touch_inherit(h->t, h->touches, cell & ~SHADOW_CELL_MASK,
                         (cell & SHADOW_CELL_MASK) << (x & 4), wrote ? SHADOW_TOUCH_WRITE : 0);
}

/* The granules of [lo, hi) are sync words from now on. Nobody owes an acquire for a load that is on its way, where the
 * compiler says which loads acquire. */
static void mark(struct shadow_thread *t, struct shadow_sync *s, struct shadow_exact *e,
                 uintptr_t lo, uintptr_t hi)
{
    struct heir heir = { t, &e->touches };

    for (uintptr_t x = lo & ~(uintptr_t)3; x < hi; x += 4) {
        s->granules |= (uint8_t)(1 << (x >> 2 & 1));
        if (shadow_granule_make_sync(t, x, inherit, &heir))
            shadow_inline_revoke_granule(t, x, shadow_rewritten);
    }
}

/* ---- beside code that was not compiled so ------------------------------------------------------------------- */

void shadow_exact_acquire(struct shadow_thread *t, struct shadow_sync *s)
{
    for (struct shadow_sequence *o = &s->word.exact->order; o; o = o->next)
        shadow_stamp_acquire(t, &o->all);
}

void shadow_exact_touch(struct shadow_thread *t, struct shadow_sync *s, uintptr_t lo, uintptr_t hi,
                        uint32_t kind, struct shadow_found *found)
{
    shadow_touch(t, &s->word.exact->touches, lo & ~(uintptr_t)7, shadow_sync_bytes(lo, hi), kind,
                 found);
}

void shadow_exact_freed(struct shadow_thread *t, struct shadow_sync *s, struct shadow_found *found)
{
    shadow_touch(t, &s->word.exact->touches, s->addr & ~(uintptr_t)7, 0xFF, SHADOW_TOUCH_WRITE,
                 found);
}

void shadow_exact_plain(struct shadow_thread *t, uintptr_t x, uint32_t mask, bool write,
                        struct shadow_found *found)
{
    struct shadow_sync *s = shadow_sync_get_word(shadow_sync_whole(x), true, true);
    struct shadow_exact *e = s ? get(t, s) : NULL;

    if (e)
        shadow_touch(t, &e->touches, x & ~(uintptr_t)7, mask << (x & 4),
                     write ? SHADOW_TOUCH_WRITE : 0, found);
    else if (!s)
        shadow_world_want_reset();
    shadow_sync_put(s);
}

/* ---- operations ------------------------------------------------------------------------------------------- */

static uint32_t touch_kind(enum shadow_atomic_op kind)
{
    return SHADOW_TOUCH_ATOMIC | (kind != SHADOW_ATOMIC_LOAD ? SHADOW_TOUCH_WRITE : 0);
}

/* True if the bytes are known to have been touched so in this epoch, and the event is written. No lock is held. */
static bool is_known(const struct shadow_exact_op *op, enum shadow_atomic_op kind)
{
    uintptr_t key = shadow_sync_whole(op->addr), end = op->addr + op->size;
    const struct shadow_sync *s = shadow_sync_find(key);
    const struct shadow_exact *e;
    uint32_t version;
    bool known;

    if (part_end(op->addr, end) != end || !s || !shadow_sync_peek(s, &version))
        return false;
    e = s->word.exact; /* a pool's memory stays what it is */
    known = e && shadow_touch_known(op->t, &e->touches, shadow_sync_bytes(op->addr, end),
                                    touch_kind(kind));
    return shadow_sync_same(s, key, version) && known;
}

static uint8_t report_op(enum shadow_atomic_op kind)
{
    return kind == SHADOW_ATOMIC_LOAD    ? REPORT_ATOMIC_LOAD
           : kind == SHADOW_ATOMIC_STORE ? REPORT_ATOMIC_STORE
                                         : REPORT_ATOMIC_RMW;
}

static struct shadow_now now_of(const struct shadow_exact_op *op, enum shadow_atomic_op kind)
{
    return (struct shadow_now){ .addr = op->addr,
                                .size = op->size,
                                .op = report_op(kind),
                                .stack = op->stack,
                                .pc = op->at ? op->at->pc : 0 };
}

void shadow_exact_begin(struct shadow_exact_op *op, enum shadow_atomic_op kind)
{
    uintptr_t end = op->addr + op->size;
    struct shadow_thread *t = op->t;
    struct shadow_now now;

    if (shadow_freed_has(op->addr))
        shadow_freed_report(t, op->addr, op->size, report_op(kind), op->at);
    op->word = NULL;
    op->stack = 0;
    op->entered = shadow_thread_plural && shadow_world_enter(t);
    if (!op->entered)
        return;
    t->stats.sync_ops++;
    if (!shadow_covers(op->addr, op->size)) {
        t->stats.dropped++;
        return;
    }
    if (!is_known(op, kind) || op->addr % op->size) {
        op->stack = shadow_thread_stack(t, op->at);
        shadow_thread_log(t, op->addr, op->size, report_op(kind), false, op->stack);
    }
    now = now_of(op, kind);
    if (op->addr % op->size)
        shadow_finding_misaligned(t, &now);
    for (uintptr_t lo = part_end(op->addr, end); lo < end; lo = part_end(lo, end))
        shadow_sync_put(
            shadow_sync_get_word(shadow_sync_whole(lo), true, true)); /* see further_words() */
    op->word = shadow_sync_get_word(shadow_sync_whole(op->addr), true, true);
    if (!op->word)
        shadow_world_want_reset(); /* an edge is lost */
}

/* One word's part; s is locked. */
static void touch(const struct shadow_exact_op *op, struct shadow_sync *s, struct shadow_exact *e,
                  uintptr_t lo, enum shadow_atomic_op kind, struct shadow_found *found)
{
    uintptr_t hi = part_end(lo, op->addr + op->size);

    mark(op->t, s, e, lo, hi);
    shadow_touch(op->t, &e->touches, lo & ~(uintptr_t)7, shadow_sync_bytes(lo, hi),
                 touch_kind(kind), found);
}

/* The words behind the first, whose lock is held: so only objects that are there already, by rising address. One that is
 * gone was freed meanwhile. */
static void further_words(const struct shadow_exact_op *op, enum shadow_atomic_op kind,
                          struct shadow_found *found)
{
    uintptr_t end = op->addr + op->size;

    for (uintptr_t lo = part_end(op->addr, end); lo < end; lo = part_end(lo, end)) {
        struct shadow_sync *s = shadow_sync_find(shadow_sync_whole(lo));
        struct shadow_exact *e;

        if (!s || !shadow_sync_lock(s, shadow_sync_whole(lo)))
            continue;
        e = s->whole ? get(op->t, s) : NULL;
        if (e)
            touch(op, s, e, lo, kind, found);
        shadow_sync_put(s);
    }
}

/* What is touched comes behind the acquire, and the release tells of it. */
static void carry_out(const struct shadow_exact_op *op, enum shadow_atomic_op kind, int order,
                      struct shadow_found *found)
{
    struct shadow_sync *s = op->word;
    struct shadow_exact *e = get(op->t, s);
    struct shadow_sequence *o = e ? order_at(e, op->addr & 7) : NULL;

    if (!o)
        return;
    if (kind != SHADOW_ATOMIC_STORE) {
        shadow_sequence_load(op->t, &o->all, order);
        shadow_sequence_load(op->t, &s->stamp, order);
    }
    touch(op, s, e, op->addr, kind, found);
    further_words(op, kind, found);
    if (kind == SHADOW_ATOMIC_STORE)
        shadow_sequence_store(op->t, o, order);
    else if (kind == SHADOW_ATOMIC_RMW)
        shadow_sequence_update(op->t, o, order);
}

void shadow_exact_end(struct shadow_exact_op *op, enum shadow_atomic_op kind, int order)
{
    struct shadow_found found = { 0 };
    struct shadow_now now;

    if (!op->entered)
        return;
    if (op->word) {
        carry_out(op, kind, order, &found);
        shadow_sync_put(op->word);
    }
    if (found.previous) {
        if (!op->stack)
            op->stack = shadow_thread_stack(op->t, op->at);
        now = now_of(op, kind);
        shadow_finding_race(op->t, &now, &found);
    }
    shadow_world_leave(op->t);
}

void shadow_exact_fork_child(void)
{
    words.lock = orders.lock = (struct base_lock)BASE_LOCK_INIT;
    shadow_sequence_fork_child();
}
