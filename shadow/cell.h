/*
 * shadow/cell.h - the 32-bit cell of the shared planes A (last access) and W (last write).
 *
 *      31   30      22 21                4 3      0
 *      esc  slot (9)   clock (18)          mask          esc = 0: one access, by (slot, clock), of these bytes
 *      1    index of a record (31 bits)                  esc = 1: see record.h; two indices are taken, below
 *
 * The word 0 is "never accessed": clocks start at 1. An epoch is a cell with mask 0. Cell A is also the lock of its
 * granule: whoever swaps LOCKED in owns A, W and the record until it stores A back. W is ELSEWHERE while A is an
 * escape; W's own bit 31 is PAIR, see granule.h.
 */
#ifndef SHADOW_CELL_H
#define SHADOW_CELL_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define SHADOW_CELL_MASK 0xFu
#define SHADOW_CELL_ESC 0x80000000u
#define SHADOW_CELL_PAIR 0x80000000u /* in W */
#define SHADOW_CELL_LOCKED 0xFFFFFFFFu
#define SHADOW_CELL_SYNC 0xFFFFFFFEu      /* the granule holds (part of) an atomic: see atomic.c */
#define SHADOW_CELL_ELSEWHERE 0xFFFFFFFDu /* in W, while A is an escape */
#define SHADOW_CELL_CLOCK_SHIFT 4
#define SHADOW_CELL_SLOT_SHIFT 22
#define SHADOW_CELL_CLOCK_MAX 0x3FFFFu

#define SHADOW_SLOTS 510
#define SHADOW_SLOT_NONE 511

static_assert(SHADOW_SLOT_NONE < 1u << (31 - SHADOW_CELL_SLOT_SHIFT),
              "a slot must fit into 9 bits");
static_assert(SHADOW_CELL_CLOCK_MAX ==
                  (1u << (SHADOW_CELL_SLOT_SHIFT - SHADOW_CELL_CLOCK_SHIFT)) - 1,
              "slot, clock and mask must tile the cell");

static inline uint32_t shadow_cell_epoch(uint32_t slot, uint32_t clock)
{
    return slot << SHADOW_CELL_SLOT_SHIFT | clock << SHADOW_CELL_CLOCK_SHIFT;
}

static inline uint32_t shadow_cell_slot(uint32_t cell)
{
    return cell >> SHADOW_CELL_SLOT_SHIFT & 0x1FF;
}

static inline uint32_t shadow_cell_clock(uint32_t cell)
{
    return cell >> SHADOW_CELL_CLOCK_SHIFT & SHADOW_CELL_CLOCK_MAX;
}

static inline bool shadow_cell_same_epoch(uint32_t a, uint32_t b)
{
    return (a ^ b) <= SHADOW_CELL_MASK;
}

/* Pauses, then yields, until the cell is not LOCKED any more. */
void shadow_cell_wait(uint32_t *cell);

/* Waits for the granule's lock and takes it; returns what A held (never LOCKED). */
static inline uint32_t shadow_cell_take(uint32_t *a)
{
    for (;;) {
        uint32_t old = __atomic_exchange_n(a, SHADOW_CELL_LOCKED, __ATOMIC_SEQ_CST);

        if (__builtin_expect(old != SHADOW_CELL_LOCKED, 1))
            return old;
        shadow_cell_wait(a);
    }
}

/* Gives the granule back. Release: pairs with the exchange or compare-and-swap of the next owner. */
static inline void shadow_cell_give(uint32_t *a, uint32_t word)
{
    __atomic_store_n(a, word, __ATOMIC_RELEASE);
}

static inline bool shadow_cell_swap(uint32_t *a, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(a, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

#endif
