/*
 * shadow/wide.c - see wide.h. Hot; takes no lock.
 */
#include "shadow/wide.h"

#include <stddef.h>

#include "shadow/range.h"
#include "shadow/tract.h"

#define WORDS_LOOP 32u /* up to so many the loop is faster than the processor's own */

static void fill(uint64_t *to, size_t n, uint64_t word)
{
    if (n > WORDS_LOOP) {
        __asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(word) : "memory");
        return;
    }
    while (n-- > 0)
        *to++ = word;
}

void shadow_wide_fill(struct shadow_thread *t, uintptr_t x, uintptr_t end, uint32_t cell)
{
    if (x < end && x & 4) {
        *shadow_inline_cell(t->in, x) = cell;
        x += 4;
    }
    if (x >= end)
        return;
    fill((uint64_t *)shadow_inline_cell(t->in, x), (end - x) / 8, SHADOW_WIDE(cell));
    if (end & 4)
        *shadow_inline_cell(t->in, end - 4) = cell;
}

/* ---- planes A and W ---------------------------------------------------------------------------------------- */

/* Words of both planes that become `cells`, as long as no granule there has a record or is a sync word; see
 * shadow_granule_set() on what may come between. Memory that nobody has touched stays so. */
static size_t put_words(uint64_t *a, uint64_t *w, size_t n, uint64_t cells)
{
    size_t i;

    for (i = 0; i < n; i++) {
        uint64_t old = __atomic_load_n(&a[i], __ATOMIC_RELAXED);

        if (__builtin_expect(shadow_wide_escapes(old), 0))
            break;
        if (!cells && !(old | w[i]))
            continue;
        w[i] = cells;
        __atomic_store_n(&a[i], cells, __ATOMIC_RELEASE);
    }
    return i;
}

/* One granule likewise. */
static bool put_one(uintptr_t x, uint32_t cell)
{
    uint32_t *a = shadow_plane_a(x);

    if (__atomic_load_n(a, __ATOMIC_RELAXED) & SHADOW_CELL_ESC)
        return false;
    *shadow_plane_w(x) = cell;
    __atomic_store_n(a, cell, __ATOMIC_RELEASE);
    return true;
}

uintptr_t shadow_wide_put(uintptr_t x, uintptr_t end, uint32_t cell)
{
    uintptr_t whole = end & ~(uintptr_t)7;

    if (x < end && x & 4) {
        if (!put_one(x, cell))
            return x;
        x += 4;
    }
    if (x < whole)
        x += 8 * put_words(shadow_wide_a(x), shadow_wide_w(x), (whole - x) / 8, SHADOW_WIDE(cell));
    for (; x >= whole && x < end; x += 4)
        if (!put_one(x, cell))
            break;
    return x;
}

void shadow_wide_set(uintptr_t x, uintptr_t end, uint32_t cell)
{
    for (; (x = shadow_wide_put(x, end, cell)) < end; x += 4)
        shadow_granule_set(x, cell);
}

/* Two whole writes, and what they do to whatever was there: see shadow_pair_write(). */
static bool put_writes(uintptr_t x, uint32_t epoch)
{
    uint64_t *a = shadow_wide_a(x), now = SHADOW_WIDE(epoch | SHADOW_CELL_MASK);

    if (shadow_wide_escapes(__atomic_load_n(a, __ATOMIC_ACQUIRE)))
        return false;
    *shadow_wide_w(x) = now;
    __atomic_store_n(a, now, __ATOMIC_RELEASE);
    return true;
}

/* Two whole reads likewise, unless W is a pair, or of the same epoch: see shadow_pair_read(). */
static bool put_reads(uintptr_t x, uint32_t epoch)
{
    uint64_t *a = shadow_wide_a(x), w = *shadow_wide_w(x);

    if (shadow_wide_escapes(__atomic_load_n(a, __ATOMIC_ACQUIRE)) || shadow_wide_escapes(w) ||
        shadow_cell_same_epoch((uint32_t)w, epoch) || shadow_cell_same_epoch(w >> 32, epoch))
        return false;
    __atomic_store_n(a, SHADOW_WIDE(epoch | SHADOW_CELL_MASK), __ATOMIC_RELEASE);
    return true;
}

bool shadow_wide_fold(const struct shadow_thread *t, uintptr_t x, uint64_t two)
{
    uint32_t cell = (uint32_t)two, epoch;

    if (two != SHADOW_WIDE(cell) || (cell & 0xF0) != 0xF0)
        return false;
    epoch = shadow_inline_epoch(t, cell);
    if ((cell & SHADOW_CELL_MASK) == SHADOW_CELL_MASK)
        return put_writes(x, epoch);
    return !(cell & SHADOW_CELL_MASK) && put_reads(x, epoch);
}

/* Cell A says nothing that a read at that epoch does not: it is W, empty, or an earlier read of the same slot. */
static bool yields(uint32_t a, uint32_t w, uint32_t epoch)
{
    return a == w || !a || shadow_cell_slot(a) == shadow_cell_slot(epoch);
}

bool shadow_wide_fold_reads(const struct shadow_thread *t, uintptr_t x, uint64_t two)
{
    uint64_t a = __atomic_load_n(shadow_wide_a(x), __ATOMIC_ACQUIRE), w = *shadow_wide_w(x);
    uint32_t cell = (uint32_t)two, epoch;

    if (two != SHADOW_WIDE(cell) || (cell & 0xFF) != 0xF0)
        return false;
    epoch = shadow_inline_epoch(t, cell);
    return yields((uint32_t)a, (uint32_t)w, epoch) &&
           yields((uint32_t)(a >> 32), (uint32_t)(w >> 32), epoch) && put_reads(x, epoch);
}

static bool fold_one(uintptr_t x, uint32_t epoch, uint32_t cell)
{
    uint32_t wrote = cell & SHADOW_CELL_MASK, read = cell >> 4 & SHADOW_CELL_MASK & ~wrote;

    return (!wrote || shadow_granule_put_cells(x, epoch, wrote, true)) &&
           (!read || shadow_granule_put_cells(x, epoch, read, false));
}

/* From x on the inline plane says nothing up to there; both are multiples of 32, or there is no such run. */
static uintptr_t skip_empty(const struct shadow_thread *t, uintptr_t x, uintptr_t end)
{
    const uint64_t *c = (const uint64_t *)shadow_inline_cell(t->in, x);

    for (; !(x & 31) && x + 32 <= end && !(c[0] | c[1] | c[2] | c[3]); x += 32)
        c += 4;
    return x;
}

uintptr_t shadow_wide_settle(const struct shadow_thread *t, uintptr_t x, uintptr_t end)
{
    while ((x = skip_empty(t, x, end)) < end) {
        uint32_t *cell = shadow_inline_cell(t->in, x);

        if (!(x & 7) && x + 8 <= end) {
            uint64_t *two = (uint64_t *)cell;

            if (!*two || shadow_wide_fold(t, x, *two)) {
                if (*two)
                    *two = 0;
                x += 8;
                continue;
            }
        }
        if (*cell) {
            if (!fold_one(x, shadow_inline_epoch(t, *cell), *cell))
                break;
            *cell = 0;
        }
        x += 4;
    }
    return x;
}

/* ---- accesses ---------------------------------------------------------------------------------------------- */

static bool access_one(struct shadow_thread *t, uintptr_t x, uint32_t mask, bool write)
{
    uint32_t *cell = shadow_inline_cell(t->in, x), old = *cell;
    uint32_t bits = shadow_inline_bits(mask, write);

    if (old >> 8 == t->tag)
        bits |= old & 0xFF;
    else if (old & 0xFF & ~bits && !fold_one(x, shadow_inline_epoch(t, old), old))
        return false;
    *cell = t->tag << 8 | bits;
    return true;
}

/* Two whole writes of an older epoch, which the thread is about to read over, go to W. *was, *word: the last such, and what it
 * is in W. False: they have to be kept in another way. */
static bool keep_twos(const struct shadow_thread *t, uintptr_t x, uint64_t two, uint64_t *was,
                      uint64_t *word)
{
    uint32_t cell = (uint32_t)two;
    uint64_t *w = shadow_wide_w(x);

    if (two != *was) {
        if (two != SHADOW_WIDE(cell) || (cell & 0xFF) != 0xFF)
            return false;
        *was = two;
        *word = SHADOW_WIDE(shadow_inline_epoch(t, cell) | SHADOW_CELL_MASK);
    }
    if ((uint32_t)*w == SHADOW_CELL_ELSEWHERE || *w >> 32 == SHADOW_CELL_ELSEWHERE)
        return false;
    *w = *word;
    return true;
}

/* Whole granules in twos; returns where what the cells say of older writes cannot be put to A and W at once. */
static uintptr_t read_twos(const struct shadow_thread *t, uintptr_t x, uintptr_t end)
{
    uint64_t *c = (uint64_t *)shadow_inline_cell(t->in, x), now = SHADOW_WIDE(t->tag << 8 | 0xF0);
    uint64_t was = 0, word = 0;

    for (; x < end; x += 8, c++) {
        uint64_t old = *c;

        if (!((old ^ now) & SHADOW_WIDE(0xFFFFFF00u)))
            *c = old | now;
        else if (!(old & SHADOW_WIDE(SHADOW_CELL_MASK)) || keep_twos(t, x, old, &was, &word) ||
                 shadow_wide_fold(t, x, old))
            *c = now;
        else
            break;
    }
    return x;
}

static uintptr_t access_twos(struct shadow_thread *t, uintptr_t x, uintptr_t end, bool write)
{
    uintptr_t from = x;

    if (write) {
        shadow_wide_fill(t, x, end, t->tag << 8 | 0xFF);
        x = end;
    } else {
        x = read_twos(t, x, end);
    }
    t->stats.tier2 += (x - from) / 4;
    return x;
}

uintptr_t shadow_wide_access(struct shadow_thread *t, uintptr_t x, uintptr_t lo, uintptr_t end,
                             bool write)
{
    uintptr_t whole = end & ~(uintptr_t)7;

    while (x < end) {
        if (!(x & 7) && x >= lo && x < whole) {
            uintptr_t next = access_twos(t, x, whole, write);

            if (next > x) {
                x = next;
                continue;
            }
        }
        if (!access_one(t, x, shadow_range_mask(x, lo, end), write))
            break;
        t->stats.tier2++;
        x += 4;
    }
    return x;
}

bool shadow_wide_read_along(struct shadow_thread *t, uintptr_t x, uintptr_t end)
{
    bool joined;

    shadow_tract_set_working(t, 1);
    joined = shadow_tract_joined(t, x);
    if (joined) {
        shadow_wide_fill(t, x, end, t->tag << 8 | 0xF0); /* there are only reads */
        t->stats.tier2 += (end - x) / 4;
    }
    shadow_tract_set_working(t, 0);
    return joined;
}
