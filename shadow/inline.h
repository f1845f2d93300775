/*
 * shadow/inline.h - level 1: the thread's own plane that the emitted code compares with (see struct shadow_inline).
 *
 * Only the thread itself fills its plane, after the level-2 stamp. Another thread may take the tag away (revoke): a tag
 * that no cell ever holds then sends every access to the cold path, which draws a new one.
 */
#ifndef SHADOW_INLINE_H
#define SHADOW_INLINE_H

#include "shadow/tract.h"

/* Tags with three bytes below 0xF0, less the zero: */
#define SHADOW_TAGS (240u * 240u * 240u - 1)

#define SHADOW_INLINE_READ_MASK 0xFFFFFFF0FFFFFFF0ull
#define SHADOW_INLINE_NO_READ 0xFFFFFFF0FFFFFFF0ull
#define SHADOW_INLINE_NO_WRITE 0xFFFFFFFFFFFFFFFFull

static inline uint32_t *shadow_inline_cell(const struct shadow_inline *in, uintptr_t x)
{
    x &= ~(uintptr_t)3;
    if (shadow_planes.form == SHADOW_FORM_XOR)
        return (uint32_t *)((x ^ in->plane) + SHADOW_PLANE_DISP);
    return (uint32_t *)(x + in->plane);
}

static inline uint32_t shadow_inline_bits(uint32_t mask, bool write)
{
    return write ? mask * 0x11 : mask << 4;
}

/* True if the thread recorded these bytes of one granule in this epoch already. */
static inline bool shadow_inline_has(const struct shadow_thread *t, uintptr_t x, uint32_t mask,
                                     bool write)
{
    uint32_t cell = *shadow_inline_cell(t->in, x), want = mask << (write ? 0 : 4);

    return cell >> 8 == t->tag && t->tag && (cell & want) == want;
}

static inline void shadow_inline_fill(struct shadow_thread *t, uintptr_t x, uint32_t mask,
                                      bool write)
{
    uint32_t *cell = shadow_inline_cell(t->in, x), old = *cell,
             bits = shadow_inline_bits(mask, write);

    if (t->tag)
        *cell = old >> 8 == t->tag ? old | bits : t->tag << 8 | bits;
}

#define SHADOW_KNOWN 2048u /* entries of shadow_thread.known, a tract each */

/* Of no tract with a byte in [lo, hi) it is known any more that all of it is. */
static inline void shadow_inline_forget_known(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    uintptr_t from = lo >> SHADOW_TRACT_SHIFT, to = (hi + SHADOW_TRACT - 1) >> SHADOW_TRACT_SHIFT;

    to = to - from < SHADOW_KNOWN ? to : from + SHADOW_KNOWN;
    for (; t->known && from < to; from++)
        t->known[from % SHADOW_KNOWN] = 0;
}

/* Of none: the plane, or what its tags mean, is another one. */
static inline void shadow_inline_forget_all_known(struct shadow_thread *t)
{
    shadow_inline_forget_known(t, 0, SHADOW_KNOWN * SHADOW_TRACT);
}

static inline void shadow_inline_clear(struct shadow_thread *t, uintptr_t x)
{
    uint32_t *cell = shadow_inline_cell(t->in, x);

    if (*cell)
        *cell = 0;
}

static inline void shadow_inline_forget(struct shadow_thread *t, uintptr_t x)
{
    shadow_inline_forget_known(t, x, x + 1);
    shadow_inline_clear(t, x);
}

/* All granules that have a byte in [lo, hi). */
static inline void shadow_inline_forget_range(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    shadow_inline_forget_known(t, lo, hi);
    for (uintptr_t x = lo & ~(uintptr_t)3; x < hi; x += 4) {
        while (!(x & 7) && x + 8 <= hi && !*(uint64_t *)shadow_inline_cell(t->in, x))
            x += 8;
        if (x < hi)
            shadow_inline_clear(t, x);
    }
}

/* The n-th tag's n. */
static inline uint32_t shadow_inline_tag_index(uint32_t tag)
{
    return ((tag >> 16) * 240 + (tag >> 8 & 0xFF)) * 240 + (tag & 0xFF);
}

/* The epoch, as a cell with mask 0, of an inline cell in a tract that t owns. */
static inline uint32_t shadow_inline_epoch(const struct shadow_thread *t, uint32_t cell)
{
    return shadow_cell_epoch(t->slot, shadow_inline_tag_index(cell >> 8) - t->tag_base);
}

/* Level 1 goes on with that tag, which is not 0. */
static inline void shadow_inline_set_tag(struct shadow_thread *t, uint32_t tag)
{
    uint64_t r = ((uint64_t)tag << 8 | 0xF0) * 0x100000001ull;

    t->tag = tag;
    /* Relaxed: read by the thread itself, in emitted code. */
    __atomic_store_n(&t->in->cur_read, r, __ATOMIC_RELAXED);
    __atomic_store_n(&t->in->cur_write, r | 0x0000000F0000000Full, __ATOMIC_RELAXED);
    __atomic_store_n(&t->fast, t->self && !t->ignoring ? t->self : SHADOW_FAST_OFF,
                     __ATOMIC_RELAXED);
}

/* The commonest case of shadow_inline_renew(): clock and tag become one more. False: it is none. */
static inline bool shadow_inline_next(struct shadow_thread *t)
{
    uint32_t n = t->tag_base + t->clock + 1;

    if (!t->self || t->clock >= shadow_limits.clocks || n > shadow_limits.tags ||
        n != t->plane->tag + 1 || !t->tag || (t->tag & 0xFF) == 239)
        return false;
    t->clock++;
    t->epoch = shadow_cell_epoch(t->slot, t->clock);
    t->plane->tag = n;
    shadow_inline_set_tag(t, t->tag + 1);
    return true;
}

/* A tag for the epoch that has just begun: whatever the plane held does not match any more. A tag names one epoch of its
 * thread, so the clock must have moved. */
void shadow_inline_advance(struct shadow_thread *t);
/* A new tag, and so a new epoch, though nothing is released. */
void shadow_inline_renew(struct shadow_thread *t);
/* Takes the tag away from a thread that may be running. */
void shadow_inline_revoke(struct shadow_thread *t);
/* The next granule in [x, hi) of which t has not recorded the bytes in [lo, hi) in this epoch; hi or more: none. x: no granule before
 * it matters. */
uintptr_t shadow_inline_miss(const struct shadow_thread *t, uintptr_t x, uintptr_t lo, uintptr_t hi,
                             bool write);
/* The granule x became a sync word: nobody's plain access to it may match any more. Where its loads may be atomic ones,
 * whoever had it in the plane owes an acquire: it may be past its compare, and not at its load yet. */
void shadow_inline_revoke_granule(struct shadow_thread *t, uintptr_t x, bool owes);
/* t, whose tag was taken away: what it owes becomes pending. */
void shadow_inline_collect(struct shadow_thread *t);
/* Gives t a plane; false: none. */
bool shadow_inline_start(struct shadow_thread *t, struct shadow_inline *in);
void shadow_inline_stop(struct shadow_thread *t);
/* With the world stopped: the common plane's tags start anew. */
void shadow_inline_reset(void);
void shadow_inline_fork_child(void);

#endif
