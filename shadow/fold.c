/*
 * shadow/fold.c - accesses that stand in an inline plane alone, and how what it says comes into the shared ones.
 */
#include "shadow/fold.h"

#include <stddef.h>

#include "shadow/granule.h"
#include "shadow/wide.h"

static void fold_cell(struct shadow_thread *by, uintptr_t x, uint32_t epoch, uint32_t cell)
{
    uint32_t wrote = cell & SHADOW_CELL_MASK, read = cell >> 4 & SHADOW_CELL_MASK & ~wrote;

    if (wrote)
        shadow_granule_put(by, x, epoch, wrote, true);
    if (read)
        shadow_granule_put(by, x, epoch, read, false);
}

/* Of one who joined: there are reads only. */
static void fold_read(struct shadow_thread *by, uintptr_t x, uint32_t epoch, uint32_t cell)
{
    shadow_granule_put_read(by, x, epoch, cell >> 4 & SHADOW_CELL_MASK);
}

/* Of an owner, or of one who joined. */
struct fold {
    bool (*two)(const struct shadow_thread *t, uintptr_t x, uint64_t cells);
    void (*one)(struct shadow_thread *by, uintptr_t x, uint32_t epoch, uint32_t cell);
};
static const struct fold of_owner = { shadow_wide_fold, fold_cell };
static const struct fold of_reader = { shadow_wide_fold_reads, fold_read };

/* True if `by` is about to write the granule whole, and what was done there at that epoch is ordered before that. It need not be kept
 * then: whatever is ordered behind the write is so behind it, too. */
static bool superseded(const struct shadow_thread *by, uintptr_t x, uint32_t epoch)
{
    return by && by->range_writes && x >= by->range_lo && x + 4 <= by->range_end &&
           shadow_thread_ordered(by, epoch);
}

/* What t's inline plane says of the tract at x; returns how many granules it speaks of. The tract is held. */
static uint32_t fold(struct shadow_thread *by, const struct shadow_thread *t, uintptr_t x,
                     const struct fold *how)
{
    const uint32_t *cells = shadow_inline_cell(t->in, x);
    uint32_t n = 0, last = 0, epoch = 0;

    for (uint32_t i = 0; i < SHADOW_TRACT / 4; i++) {
        uint32_t cell = __atomic_load_n(&cells[i], __ATOMIC_RELAXED);

        if (!cell)
            continue;
        if (!epoch || (cell ^ last) >> 8)
            epoch = shadow_inline_epoch(t, cell);
        last = cell;
        if (superseded(by, x + 4 * i, epoch)) {
            n++;
            continue;
        }
        if (!(i & 1) && how->two(t, x + 4 * i, *(const uint64_t *)&cells[i])) {
            n += 2;
            i++;
            continue;
        }
        how->one(by, x + 4 * i, epoch, cell);
        n++;
    }
    return n;
}

uint32_t shadow_fold_owned(struct shadow_thread *by, const struct shadow_thread *t, uintptr_t x)
{
    return fold(by, t, x, &of_owner);
}

uint32_t shadow_fold_joined(struct shadow_thread *by, const struct shadow_thread *t, uintptr_t x)
{
    return fold(by, t, x, &of_reader);
}

void shadow_tract_settle(struct shadow_thread *t, uintptr_t x)
{
    uint32_t *cell = shadow_inline_cell(t->in, x), old = *cell;

    if (!old)
        return;
    fold_cell(t, x, shadow_inline_epoch(t, old), old);
    *cell = 0;
}

void shadow_tract_access(struct shadow_thread *t, uintptr_t x, uint32_t mask, bool write)
{
    uint32_t *cell = shadow_inline_cell(t->in, x), old = *cell;
    uint32_t bits = shadow_inline_bits(mask, write);

    t->stats.tier2++;
    if (old >> 8 == t->tag) {
        *cell = old | bits;
        return;
    }
    if (old & 0xFF & ~bits) {
        uint32_t epoch = shadow_inline_epoch(t, old);

        if ((old & 0xFF) != 0xFF || !shadow_granule_put_write(x, epoch))
            fold_cell(t, x, epoch, old);
    }
    *cell = t->tag << 8 | bits;
}

bool shadow_tract_read(struct shadow_thread *t, uintptr_t x, uint32_t mask)
{
    uint32_t *cell = shadow_inline_cell(t->in, x), bits = shadow_inline_bits(mask, false), old;
    bool joined;

    shadow_tract_set_working(t, 1);
    joined = shadow_tract_joined(t, x);
    if (joined) {
        old = *cell;
        if (old >> 8 == t->tag)
            bits |= old;
        else if (old & 0xFF & ~bits)
            fold_read(t, x, shadow_inline_epoch(t, old), old);
        *cell = t->tag << 8 | (bits & 0xFF);
        t->stats.tier2++;
    }
    shadow_tract_set_working(t, 0);
    return joined;
}
