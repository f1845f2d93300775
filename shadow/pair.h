/*
 * shadow/pair.h - the two cells of a granule, where they can say the outcome of an access without a record.
 */
#ifndef SHADOW_PAIR_H
#define SHADOW_PAIR_H

#include "shadow/thread.h"

/* Who visits a granule, and in which epoch. Trusted: all that the granule knows is ordered before it (tract.h). */
struct shadow_visitor {
    struct shadow_thread *t;
    uint32_t epoch;
    bool trusted;
};

static inline bool shadow_visitor_ordered(const struct shadow_visitor *v, uint32_t cell)
{
    return v->trusted || shadow_thread_ordered(v->t, cell);
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
