/*
 * shadow/pair.h - the two cells of a granule, where they can say the outcome of an access without a record.
 */
#ifndef SHADOW_PAIR_H
#define SHADOW_PAIR_H

#include "shadow/thread.h"

/* Who visits a granule, and in which epoch. */
enum shadow_trust {
    SHADOW_TRUST_NONE, /* ask what t knows */
    SHADOW_TRUST_WRITES, /* a read; all writes are ordered before it, of the reads only those of its own slot (tract.h) */
    SHADOW_TRUST_ALL, /* all that the granule knows is ordered before it */
};

struct shadow_visitor {
    struct shadow_thread *t;
    uint32_t epoch;
    enum shadow_trust trust;
};

static inline bool shadow_visitor_ordered(const struct shadow_visitor *v, uint32_t cell)
{
    return v->trust != SHADOW_TRUST_NONE || shadow_thread_ordered(v->t, cell);
}

/* The same of a cell that says who read. */
static inline bool shadow_visitor_ordered_read(const struct shadow_visitor *v, uint32_t cell)
{
    if (v->trust == SHADOW_TRUST_WRITES)
        return shadow_cell_slot(cell) == shadow_cell_slot(v->epoch);
    return shadow_visitor_ordered(v, cell);
}

static inline uint32_t shadow_cell_epoch_of(uint32_t cell)
{
    return cell & ~SHADOW_CELL_MASK;
}

/* An access to the bytes of mask: *a and *w become what they are after it. False: two cells cannot say that, or it may
 * race; nothing was changed. */
bool shadow_pair_write(const struct shadow_visitor *v, uint32_t mask, uint32_t *a, uint32_t *w);
bool shadow_pair_read(const struct shadow_visitor *v, uint32_t mask, uint32_t *a, uint32_t *w);

#endif
