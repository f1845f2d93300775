/*
 * shadow/fast.c - tier 1 of small and misaligned accesses, and tier 2: accesses to tracts of the thread's own, to such as it
 * reads along with others, and to shared ones where two cells can say the outcome.
 *
 * The hottest code after the emitted compare. Entered from the cold stub by way of preload/, outside the bracket of
 * world.h, on the program's stack; saves whatever register it uses, so that nobody else has to. What it cannot say for
 * certain it leaves to shadow_access(), having changed nothing.
 *
 * No bracket: `working` stands for it while a tract of the thread's own is worked on (tract.h). The thread's cells and ring
 * are its own. A tag that was taken away is seen by `fast`, which goes first: whoever read the tag's absence reads that of
 * `fast` too, afterwards.
 */
#include <stddef.h>

#include "shadow/granule.h"
#include "shadow/site.h"
#include "shadow/tract.h"
#include "shadow/world.h"

/* An access: up to three granules from x on, four bits of `bytes` each. */
struct access {
    uintptr_t x;
    uint32_t *cells;
    uint32_t bytes, tag; /* the tag in its place in a cell */
    const struct shadow_site *site;
    bool write;
};

#define INLINE static inline __attribute__((always_inline))

/* False: the instruction is not known, or no plane covers the address. */
INLINE bool look_up(struct access *a, uintptr_t addr, uint32_t number,
                    const struct shadow_inline *in)
{
    const struct shadow_site *s = shadow_site_of(number);

    if (!in || !in->plane || !s || !shadow_covers(addr, 11))
        return false;
    a->x = addr & ~(uintptr_t)3;
    a->cells = shadow_inline_cell(in, addr);
    a->bytes = (uint32_t)(s->what >> 48 & 0xFF) << (addr & 3);
    a->site = s;
    a->write = s->what & SHADOW_SITE_WRITE;
    a->tag = (uint32_t)__atomic_load_n(&in->cur_write, __ATOMIC_RELAXED) & 0xFFFFFF00;
    return true;
}

bool shadow_fast_known(uintptr_t addr, uint32_t number, const struct shadow_inline *in)
{
    struct access a;

    if (!look_up(&a, addr, number, in))
        return false;
    for (uint32_t i = 0, bytes = a.bytes; bytes; i++, bytes >>= 4) {
        uint32_t need = bytes & 15;

        need = a.write ? need : need << 4;
        if (need && ((a.cells[i] ^ (a.tag | need)) & (0xFFFFFF00 | need)))
            return false;
    }
    return true;
}

/* The part of the bracket of world.h that cannot wait; false: t is not inside. */
INLINE bool enter(struct shadow_thread *t)
{
    __atomic_store_n(&t->busy, 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (!shadow_world_asks(t) && __atomic_load_n(&t->fast, __ATOMIC_RELAXED) != SHADOW_FAST_OFF)
        return true;
    shadow_world_leave(t);
    return false;
}

/* With a record, or behind whoever has the granule's lock. */
static __attribute__((noinline)) bool fold_closer(struct shadow_thread *t, uintptr_t x,
                                                  uint32_t epoch, uint32_t wrote, uint32_t read)
{
    if (!enter(t))
        return false;
    if (wrote)
        shadow_granule_put(t, x, epoch, wrote, true);
    if (read)
        shadow_granule_put(t, x, epoch, read, false);
    shadow_world_leave(t);
    return true;
}

/* What an older cell says goes to A and W. In a tract of t's own. */
static __attribute__((no_caller_saved_registers, noinline)) bool
fold(struct shadow_thread *t, uintptr_t x, uint32_t cell)
{
    uint32_t epoch = shadow_inline_epoch(t, cell);
    uint32_t wrote = cell & SHADOW_CELL_MASK, read = cell >> 4 & SHADOW_CELL_MASK & ~wrote;

    if (wrote && shadow_granule_put_cells(x, epoch, wrote, true))
        wrote = 0;
    if (!wrote && read && shadow_granule_put_cells(x, epoch, read, false))
        read = 0;
    return !(wrote | read) || fold_closer(t, x, epoch, wrote, read);
}

INLINE bool keep(struct shadow_thread *t, uintptr_t x, uint32_t cell)
{
    if ((cell & 0xFF) == 0xFF && shadow_granule_put_write(x, shadow_inline_epoch(t, cell)))
        return true;
    return fold(t, x, cell);
}

/* See shadow_tract_access() and, where the tract is not t's own, shadow_tract_read(). */
INLINE bool store(struct shadow_thread *t, const struct access *a, bool own)
{
    for (uint32_t i = 0, bytes = a->bytes; bytes; i++, bytes >>= 4) {
        uint32_t old = a->cells[i], bits = shadow_inline_bits(bytes & 15, a->write);

        if (!bits)
            continue;
        if (!((old ^ a->tag) >> 8))
            bits |= old;
        else if (old & 0xFF & ~bits && !(own && keep(t, a->x + 4 * i, old)))
            return false;
        a->cells[i] = a->tag | bits;
    }
    return true;
}

INLINE uint32_t owner_of(uintptr_t addr)
{
    return __atomic_load_n(&shadow_tract_of(addr)->owner, __ATOMIC_RELAXED);
}

/* False where another thread has taken t's tag away: that is seen here first. */
INLINE bool is_own(const struct shadow_thread *t, uintptr_t addr)
{
    return owner_of(addr) == __atomic_load_n(&t->fast, __ATOMIC_RELAXED);
}

INLINE bool is_joined(const struct shadow_thread *t, const struct access *a)
{
    return !a->write && __atomic_load_n(&t->fast, __ATOMIC_RELAXED) == t->self &&
           shadow_tract_joined(t, a->x);
}

/* First: whoever finds the stamp must find the event. */
INLINE void note(struct shadow_thread *t, uintptr_t addr, uint32_t number, uint32_t callers)
{
    shadow_history_add_site(t->history, number, addr, t->epoch, callers);
    t->stamped = true;
    t->filled++;
}

/* The granules of an access in a SHARED tract, or a READ one that t has not joined. False: not all was done. */
INLINE bool visit_all(struct shadow_thread *t, const struct access *a)
{
    for (uint32_t i = 0, bytes = a->bytes; bytes; i++, bytes >>= 4) {
        uintptr_t x = a->x + 4 * i;

        if (!(bytes & 15) || shadow_inline_has(t, x, bytes & 15, a->write))
            continue;
        if (shadow_granule_visit(t, x, bytes & 15, a->write, &t->late) != SHADOW_VISIT_DONE ||
            t->late.previous)
            return false;
        shadow_inline_fill(t, x, bytes & 15, a->write);
    }
    return true;
}

/* One visit in 16 goes the long way, where it is decided who gets the tract. */
static __attribute__((no_caller_saved_registers, noinline)) bool
visit(struct shadow_thread *t, const struct access *a, uintptr_t addr, uint32_t number,
      uint32_t callers)
{
    bool done;

    if (!(++t->visits % 16) || !enter(t))
        return false;
    note(t, addr, number, callers);
    done = visit_all(t, a);
    shadow_world_leave(t);
    return done;
}

bool shadow_fast(uintptr_t addr, uint32_t number, struct shadow_thread *t, uintptr_t sp,
                 uintptr_t bp)
{
    struct access a;
    bool done = false, shared;
    uint32_t callers;

    if (!look_up(&a, addr, number, t->in) || !shadow_tracts ||
        (addr & (SHADOW_TRACT - 1)) > SHADOW_TRACT - 8)
        return false;
    shared = shadow_tract_still_shared(addr, a.write) && !is_joined(t, &a);
    if (!shared && !is_own(t, addr) && !is_joined(t, &a))
        return false;
    callers = report_callers(&t->walker, &a.site->leaf, sp, bp);
    if (!callers)
        return false;
    if (shared)
        return visit(t, &a, addr, number, callers);
    shadow_tract_set_working(t, 1);
    if (is_own(t, addr) || is_joined(t, &a)) {
        note(t, addr, number, callers);
        done = store(t, &a, is_own(t, addr));
        t->stats.tier2 += done;
    }
    shadow_tract_set_working(t, 0);
    return done;
}
