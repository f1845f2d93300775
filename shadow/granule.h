/*
 * shadow/granule.h - one access to one granule: stamp, check, keep what later accesses must be checked against.
 *
 * The simple model, for each byte: W (epoch of the last write), R (set of reads since).
 *      read:   race if W is not ordered before t;  R := R - {those ordered before t} + {now}
 *      write:  race if W or any of R is not;       W := now, R := {}
 * The cells say it in two words where one epoch wrote and at most one read, or two wrote; else a record does:
 *      A = W          the bytes of the mask were written, nothing read since
 *      A != W         W's bytes were written; A's bytes read (those of the same epoch that W has: written)
 *      W with PAIR    A's bytes and W's bytes, others, were written, nothing read since
 * After a race the granule remembers the access that completed it and nothing else, but for the write that a read races with.
 * Each granule has one owner at a time (cell.h), so of two racing threads the later one sees the other: they cannot
 * both miss.
 */
#ifndef SHADOW_GRANULE_H
#define SHADOW_GRANULE_H

#include "shadow/inline.h"

enum shadow_visit { SHADOW_VISIT_DONE, SHADOW_VISIT_SYNC, SHADOW_VISIT_MOVED };

/* Stamps and checks the granule: in place where its two cells can say the outcome (tier 2), else the general way. x is a
 * multiple of 4, mask not 0; its tract is SHARED, or READ and this is a read. SYNC: the granule is a sync word, nothing was
 * done. MOVED: the tract is not so any more, and the visit must be made again. */
enum shadow_visit shadow_granule_visit(struct shadow_thread *t, uintptr_t x, uint32_t mask,
                                       bool write, struct shadow_found *found);
/* True if cell A says that t reads all of what it read or wrote: W was checked then, a later write would have replaced A. */
static inline bool shadow_granule_read_again(const struct shadow_thread *t, uint32_t a,
                                             uint32_t mask)
{
    return mask == SHADOW_CELL_MASK && shadow_cell_slot(a) == t->slot && (a & mask) == mask;
}

/* In a tract that is held: an access by t at that epoch, before which all that the granule knows is ordered. */
void shadow_granule_put(struct shadow_thread *t, uintptr_t x, uint32_t epoch, uint32_t mask,
                        bool write);
/* The same where two cells can say the outcome and nobody has the granule's lock; false: nothing was done. */
bool shadow_granule_put_cells(uintptr_t x, uint32_t epoch, uint32_t mask, bool write);
/* The same of a write of the whole granule in a tract that its owner reads right after: A is left as it was, for the cell that
 * says so goes there when the tract is given up. Until then A may be older than W, and says nothing that W does not. False:
 * there is a record, nothing was done. */
static inline bool shadow_granule_put_write(uintptr_t x, uint32_t epoch)
{
    uint32_t *w = shadow_plane_w(x);

    if (*w == SHADOW_CELL_ELSEWHERE)
        return false;
    *w = epoch | SHADOW_CELL_MASK;
    return true;
}

/* A read at that epoch, before which all writes that the granule knows are ordered, but not all reads. Takes the granule's
 * lock: the tract may be held or READ. t: whose records are used. */
void shadow_granule_put_read(struct shadow_thread *t, uintptr_t x, uint32_t epoch, uint32_t mask);
/* In a tract that is held: true if all that the granule knows is ordered before t's next access. */
bool shadow_granule_ordered(const struct shadow_thread *t, uintptr_t x);
/* The same of the writes. Others may be reading there. */
bool shadow_granule_writes_ordered(const struct shadow_thread *t, uintptr_t x);
/* In convert.c: makes the granule a sync word; true if it was none. What was known of it goes to `keep` beforehand (may be
 * NULL): cells of writes and of reads since, no byte twice among the writes. */
typedef void shadow_granule_keep(void *arg, uintptr_t x, uint32_t cell, bool wrote);
bool shadow_granule_make_sync(struct shadow_thread *t, uintptr_t x, shadow_granule_keep *keep,
                              void *arg);
/* Both cells become `cell` (0: never accessed), records are freed; true if it was a sync word. */
bool shadow_granule_set(uintptr_t x, uint32_t cell);

#endif
