/*
 * shadow/pair.c - tier 2: an access from two cells to two cells (granule.h says what they mean).
 *
 * Everything here runs under the granule's lock, or in a tract that is held.
 */
#include "shadow/pair.h"

/* True if the cell has none of these bytes, or had them before t's access. */
static bool passes(const struct shadow_visitor *v, uint32_t cell, uint32_t mask)
{
    return !(cell & mask) || shadow_visitor_ordered(v, cell);
}

/* The writes are e's of mask, and what is left of an older cell. */
static void set_writes(uint32_t e, uint32_t mask, uint32_t rest, uint32_t *a, uint32_t *w)
{
    *a = *w = e | mask;
    if (rest & SHADOW_CELL_MASK)
        *w = rest | SHADOW_CELL_PAIR;
}

static bool write_pair(const struct shadow_visitor *v, uint32_t mask, uint32_t *a, uint32_t *w)
{
    uint32_t e = v->epoch, second = *w & ~SHADOW_CELL_PAIR;
    uint32_t left = *a & ~mask, other = second & ~mask;

    if (!passes(v, *a, mask) || !passes(v, second, mask))
        return false;
    if (shadow_cell_epoch_of(left) == e) {
        set_writes(e, (left | mask) & SHADOW_CELL_MASK, other, a, w);
        return true;
    }
    if (shadow_cell_epoch_of(other) == e) {
        set_writes(e, (other | mask) & SHADOW_CELL_MASK, left, a, w);
        return true;
    }
    if (left & SHADOW_CELL_MASK && other & SHADOW_CELL_MASK)
        return false;
    set_writes(e, mask, left & SHADOW_CELL_MASK ? left : other, a, w);
    return true;
}

/* After reads: some of them may be left. */
static bool write_over_reads(const struct shadow_visitor *v, uint32_t mask, uint32_t *a,
                             uint32_t *w)
{
    uint32_t e = v->epoch, reads = *a & ~mask, left = *w & ~mask;

    if (!passes(v, *a, mask) || !passes(v, *w, mask))
        return false;
    if (shadow_cell_same_epoch(*a, *w))
        reads &= ~(*w & SHADOW_CELL_MASK);
    if (!(left & SHADOW_CELL_MASK) || shadow_cell_epoch_of(left) == e) {
        uint32_t writes = e | mask | (left & SHADOW_CELL_MASK);

        *a = *w = writes;
        if (reads & SHADOW_CELL_MASK)
            *a = shadow_cell_epoch_of(reads) == e ? writes | reads : reads;
        return true;
    }
    if (reads & SHADOW_CELL_MASK)
        return false;
    set_writes(e, mask, left, a, w);
    return true;
}

bool shadow_pair_write(const struct shadow_visitor *v, uint32_t mask, uint32_t *a, uint32_t *w)
{
    if (*w & SHADOW_CELL_PAIR)
        return write_pair(v, mask, a, w);
    if (*a != *w)
        return write_over_reads(v, mask, a, w);
    if (shadow_cell_epoch_of(*a) == v->epoch) {
        *a = *w = *a | mask;
        return true;
    }
    if (!passes(v, *a, mask))
        return false;
    set_writes(v->epoch, mask, *a & ~mask, a, w);
    return true;
}

static bool read_pair(const struct shadow_visitor *v, uint32_t mask, uint32_t a, uint32_t w)
{
    uint32_t second = w & ~SHADOW_CELL_PAIR;

    /* What the thread itself wrote in this epoch says more than a read; nothing else has room. */
    if (shadow_cell_epoch_of(a) == v->epoch)
        return !(mask & ~a);
    return shadow_cell_epoch_of(second) == v->epoch && !(mask & ~second);
}

bool shadow_pair_read(const struct shadow_visitor *v, uint32_t mask, uint32_t *a, uint32_t *w)
{
    uint32_t e = v->epoch, reads = *a;

    if (*w & SHADOW_CELL_PAIR)
        return read_pair(v, mask, *a, *w);
    if (shadow_cell_epoch_of(*w) == e)
        mask &= ~*w;
    else if (!passes(v, *w, mask))
        return false;
    if (!mask)
        return true;
    if (shadow_cell_epoch_of(*a) == e) {
        *a |= mask;
        return true;
    }
    if (shadow_cell_same_epoch(*a, *w))
        reads &= ~(*w & SHADOW_CELL_MASK);
    if (reads & SHADOW_CELL_MASK & ~mask ||
        (reads & mask && !shadow_visitor_ordered_read(v, reads)))
        return false;
    *a = shadow_cell_epoch_of(*w) == e ? *w | mask : e | mask;
    return true;
}
