/*
 * shadow/fast.c - tier 1 of small and misaligned accesses, and tier 2: accesses to tracts of the thread's own, to such as it
 * reads along with others, and to shared ones, as far as lane.S does not know them.
 *
 * The hottest code after the emitted compare and that. Entered from the cold stub by way of preload/, outside the bracket of
 * world.h, on the program's stack; saves whatever register it uses, so that nobody else has to. What it cannot say for
 * certain it leaves to shadow_access(), having changed nothing; a race it leaves to be reported there (shadow_thread.late).
 *
 * No bracket: `working` stands for it while a tract of the thread's own is worked on (tract.h). The thread's cells and ring
 * are its own. A tag that was taken away is seen by `fast`, which goes first: whoever read the tag's absence reads that of
 * `fast` too, afterwards.
 */
#include <stddef.h>

#include "shadow/freed.h"
#include "shadow/granule.h"
#include "shadow/hint.h"
#include "shadow/site.h"
#include "shadow/tract.h"
#include "shadow/two.h"
#include "shadow/wide.h"
#include "shadow/world.h"
#include "shadow/x86_64/lane.h"

/* An access: up to nine granules from x on, four bits of `bytes` each. */
struct access {
    uintptr_t x;
    uint32_t *cells;
    uint64_t bytes;
    uint32_t tag; /* in its place in a cell */
    bool write;
};

#define AT(type, member, offset)                                                                   \
    static_assert(offsetof(struct type, member) == (offset), "lane.S looks for it there")

AT(shadow_thread, epoch, LANE_EPOCH);
AT(shadow_thread, slot, LANE_SLOT);
AT(shadow_thread, stamped, LANE_STAMPED);
AT(shadow_thread, tag_base, LANE_TAG_BASE);
AT(shadow_thread, self, LANE_SELF);
AT(shadow_thread, reader, LANE_READER);
AT(shadow_thread, fast, LANE_FAST);
AT(shadow_thread, working, LANE_WORKING);
AT(shadow_thread, cell_xor, LANE_CELL_XOR);
AT(shadow_thread, cell_add, LANE_CELL_ADD);
AT(shadow_thread, kept_cell, LANE_KEPT_CELL);
AT(shadow_thread, kept_epoch, LANE_KEPT_EPOCH);
AT(shadow_thread, in, LANE_IN);
AT(shadow_thread, history, LANE_HISTORY);
AT(shadow_thread, stats.tier2, LANE_TIER2);
AT(shadow_thread, walker.top, LANE_TOP);
AT(shadow_thread, walker.plain, LANE_PLAIN);
AT(shadow_thread, walker.no_cfa, LANE_CFA - 8);
AT(shadow_thread, walker.cfa, LANE_CFA);
AT(shadow_thread, walker.ret, LANE_RET);
AT(shadow_inline, cur_write, LANE_CUR_WRITE);
AT(shadow_site, leaf.cfa_off, LANE_SITE_CFA_OFF);
AT(shadow_site, when, LANE_SITE_WHEN);
AT(shadow_site, lane, LANE_SITE_LANE);
AT(shadow_history, ring, LANE_RING);
AT(shadow_history, head, LANE_HEAD);
AT(shadow_history, mask, LANE_MASK);
AT(shadow_planes, w_key, LANE_PLANES_W);
AT(shadow_tract, owner, 0);
AT(shadow_tract, readers, LANE_TRACT_READERS);
static_assert(SHADOW_SITE_WRITE == (uint64_t)LANE_SITE_WRITE << 56 && SHADOW_SITES == LANE_SITES &&
                  sizeof(struct shadow_site) == 1u << LANE_SITE_SHIFT,
              "lane.S finds sites so");
static_assert(SHADOW_TRACT_SHIFT == LANE_TRACT_SHIFT && SHADOW_TRACT == LANE_TRACT &&
                  sizeof(struct shadow_tract) == 16 && SHADOW_TRACT_READ == LANE_TRACT_READ &&
                  SHADOW_TRACT_SHARED == LANE_TRACT_SHARED,
              "lane.S finds tracts so");
static_assert(SHADOW_W_DISP == LANE_W_DISP && SHADOW_CELL_ELSEWHERE == LANE_ELSEWHERE &&
                  SHADOW_CELL_SLOT_SHIFT == 22 && SHADOW_CELL_CLOCK_SHIFT == 4,
              "lane.S finds cells so");

#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t mask_of(const struct access *a, uint32_t granule)
{
    return a->bytes >> 4 * granule & SHADOW_CELL_MASK;
}

/* False: the instruction is not known, or no plane covers the address. */
INLINE bool look_up(struct access *a, uintptr_t addr, uint32_t number,
                    const struct shadow_inline *in)
{
    const struct shadow_site *s = shadow_site_of(number);

    if (!in || !in->plane || !s || !shadow_covers(addr, SHADOW_SITE_SIZE + 3))
        return false;
    a->x = addr & ~(uintptr_t)3;
    a->cells = shadow_inline_cell(in, addr);
    a->bytes = ((1ull << shadow_site_size(s)) - 1) << (addr & 3);
    a->write = s->what & SHADOW_SITE_WRITE;
    a->tag = (uint32_t)__atomic_load_n(&in->cur_write, __ATOMIC_RELAXED) & 0xFFFFFF00;
    return true;
}

/* False also where it goes on in another tract. */
INLINE bool look_up_whole(struct access *a, uintptr_t addr, uint32_t number,
                          const struct shadow_inline *in)
{
    return look_up(a, addr, number, in) &&
           (a->x & (SHADOW_TRACT - 1)) + 64 - (unsigned)__builtin_clzll(a->bytes) <= SHADOW_TRACT;
}

bool shadow_fast_known(uintptr_t addr, uint32_t number, const struct shadow_inline *in)
{
    struct access a;

    if (!look_up(&a, addr, number, in))
        return false;
    for (uint32_t i = 0; a.bytes >> 4 * i; i++) {
        uint32_t need = mask_of(&a, i);

        need = a.write ? need : need << 4;
        if (need && ((a.cells[i] ^ (a.tag | need)) & (0xFFFFFF00 | need)))
            return false;
    }
    return true;
}

/* With a record, or behind whoever has the granule's lock. */
static __attribute__((noinline)) bool fold_closer(struct shadow_thread *t, uintptr_t x,
                                                  uint32_t epoch, uint32_t wrote, uint32_t read)
{
    if (!shadow_world_try(t))
        return false;
    if (wrote)
        shadow_granule_put(t, x, epoch, wrote, true);
    if (read)
        shadow_granule_put(t, x, epoch, read, false);
    shadow_world_leave(t);
    return true;
}

/* What an older cell says goes to A and W. In a tract of t's own. */
static __attribute__((no_caller_saved_registers, noinline)) bool fold(struct shadow_thread *t,
                                                                      uintptr_t x, uint32_t cell)
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
    for (uint32_t i = 0; a->bytes >> 4 * i; i++) {
        uint32_t old = a->cells[i], bits = shadow_inline_bits(mask_of(a, i), a->write);

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

/* The granules of an access in a SHARED tract, or a READ one that t has not joined. False: not all was done, or a race was found
 * that nobody has reported yet. */
INLINE bool visit_all(struct shadow_thread *t, const struct access *a)
{
    if (a->bytes == 0xFF && !(a->x & 7) && !t->late.previous && shadow_two_visit(t, a->x, a->write))
        return true;
    for (uint32_t i = 0; a->bytes >> 4 * i; i++) {
        uintptr_t x = a->x + 4 * i;
        uint32_t mask = mask_of(a, i);

        if (!mask || shadow_inline_has(t, x, mask, a->write))
            continue;
        if (shadow_granule_visit(t, x, mask, a->write, &t->late) != SHADOW_VISIT_DONE ||
            t->late.previous)
            return false;
        shadow_inline_fill(t, x, mask, a->write);
    }
    return true;
}

/* One visit in 16 is noted, or goes the long way, where it is decided who gets the tract. */
INLINE bool visit(struct shadow_thread *t, const struct access *a, uintptr_t addr, uint32_t number,
                  uint32_t callers)
{
    bool done;

    if (!(++t->visits % 16) && (owner_of(addr) != SHADOW_TRACT_SHARED ||
                                !shadow_hint_note(t, shadow_tract_of(addr), a->write)))
        return false;
    if (!shadow_world_try(t))
        return false;
    note(t, addr, number, callers);
    done = visit_all(t, a);
    shadow_world_leave(t);
    return done;
}

bool shadow_fast_shared(uintptr_t addr, uint32_t number, struct shadow_thread *t, uint32_t callers)
{
    struct access a;

    return look_up_whole(&a, addr, number, t->in) && visit(t, &a, addr, number, callers);
}

/* Any access to a tract of t's own; t is working. */
static __attribute__((no_caller_saved_registers, noinline)) bool store_any(struct shadow_thread *t,
                                                                           uintptr_t addr,
                                                                           uint32_t number)
{
    struct access a;

    if (!look_up_whole(&a, addr, number, t->in))
        return false;
    return is_own(t, addr) && store(t, &a, true);
}

/* In a tract that is not t's own. */
static __attribute__((no_caller_saved_registers, noinline)) bool other(struct shadow_thread *t,
                                                                       uintptr_t addr,
                                                                       uint32_t number,
                                                                       uint32_t callers)
{
    struct access a;
    bool done;

    if (!look_up_whole(&a, addr, number, t->in))
        return false;
    if (!is_joined(t, &a))
        return shadow_tract_still_shared(addr, a.write) &&
               shadow_fast_shared(addr, number, t, callers);
    shadow_tract_set_working(t, 1);
    done = is_joined(t, &a);
    if (done) {
        note(t, addr, number, callers);
        done = store(t, &a, false);
        t->stats.tier2 += done;
    }
    shadow_tract_set_working(t, 0);
    return done;
}

/* Aligned 4 or 8 bytes at addr in a tract of t's own: like store(), all at once. cur: what the cells become. False: not so. */
INLINE bool store_whole(const struct shadow_thread *t, uintptr_t addr, bool wide, bool write,
                        uint64_t cur)
{
    uint64_t twice = wide ? 0x100000001ull : 1, old, *w;
    uint32_t *cells = shadow_inline_cell(t->in, addr), low;

    if (!write) {
        old = wide ? *(uint64_t *)cells : *cells;
        low = (uint32_t)old;
        if (old & 0x0F * twice) {
            /* What it wrote in an earlier epoch is kept. */
            w = (uint64_t *)shadow_plane_w(addr);
            if (old != low * twice || (low & 0xFF) != 0xFF || !((low ^ cur) >> 8 & 0xFFFFFF) ||
                (uint32_t)*w == SHADOW_CELL_ELSEWHERE ||
                (wide && *w >> 32 == SHADOW_CELL_ELSEWHERE))
                return false;
            low = shadow_inline_epoch(t, low) | SHADOW_CELL_MASK;
            if (wide)
                *w = low * twice;
            else
                *(uint32_t *)w = low;
        }
    }
    if (wide)
        *(uint64_t *)cells = cur;
    else
        *cells = (uint32_t)cur;
    return true;
}

/* 16 or 32 bytes of whole granules in a tract of t's own: like store(), two at a time. False: not so, or not all was done. */
INLINE bool store_long(const struct shadow_thread *t, uintptr_t addr, uint32_t size, bool write,
                       uint64_t cur)
{
    uint64_t *cells = (uint64_t *)shadow_inline_cell(t->in, addr);

    if (size < 16 || size % 8 || addr & 3 || (addr & (SHADOW_TRACT - 1)) + size > SHADOW_TRACT)
        return false;
    for (uint32_t i = 0; i < size / 8; i++) {
        if (write)
            cells[i] = cur;
        else if (!shadow_wide_read(t, addr + 8 * i, &cells[i], cur))
            return false;
    }
    return true;
}

/* The tract at addr was t's own a moment ago. */
INLINE bool own(struct shadow_thread *t, const struct shadow_site *s, uintptr_t addr,
                uint32_t number, uint32_t callers)
{
    bool write = s->what & SHADOW_SITE_WRITE, done = false;
    uint32_t size = shadow_site_size(s);
    /* Before `fast` is looked at, see above. */
    uint64_t cur = __atomic_load_n(write ? &t->in->cur_write : &t->in->cur_read, __ATOMIC_RELAXED);

    shadow_tract_set_working(t, 1);
    if (is_own(t, addr)) {
        note(t, addr, number, callers);
        done = ((size == 4 || size == 8) && !(addr & (size - 1)) &&
                store_whole(t, addr, size == 8, write, cur)) ||
               store_long(t, addr, size, write, cur) || store_any(t, addr, number);
        t->stats.tier2 += done;
    }
    shadow_tract_set_working(t, 0);
    return done;
}

bool shadow_fast(uintptr_t addr, uint32_t number, struct shadow_thread *t, uintptr_t sp,
                 uintptr_t bp)
{
    const struct shadow_site *s = shadow_site_of(number);
    uint32_t callers;

    if (!s || !shadow_tracts || addr >> 47 || shadow_freed_has(addr))
        return false;
    callers = report_callers(&t->walker, &s->leaf, sp, bp);
    if (!callers)
        return false;
    return is_own(t, addr) ? own(t, s, addr, number, callers) : other(t, addr, number, callers);
}
