/*
 * shadow/convert.c - a granule becomes a sync word: what its cells and its record say is handed over, then forgotten.
 *
 * Once for each word that is atomic, so not hot. Under the granule's lock, cell A.
 */
#include <stddef.h>

#include "shadow/granule.h"
#include "shadow/record.h"
#include "shadow/tract.h"

static void keep_record(uint32_t index, uintptr_t x, shadow_granule_keep *keep, void *arg)
{
    const struct shadow_record *rec = &shadow_records[index];
    uint32_t told = 0;

    for (unsigned b = 0; b < 4; b++) {
        uint32_t bytes = 0;

        for (unsigned k = b; k < 4; k++)
            bytes |= (uint32_t)(rec->w[k] == rec->w[b]) << k;
        if (rec->w[b] && !(told >> b & 1))
            keep(arg, x, rec->w[b] | bytes, true);
        told |= bytes;
    }
    for (; rec; rec = rec->next ? &shadow_records[rec->next] : NULL)
        for (uint32_t i = 0; i < rec->n; i++)
            keep(arg, x, rec->r[i], false);
}

/* See the list of what A and W say together, in granule.h. */
static void keep_cells(uint32_t a, uint32_t w, uintptr_t x, shadow_granule_keep *keep, void *arg)
{
    uint32_t read = a;

    if (w & SHADOW_CELL_PAIR) {
        keep(arg, x, a, true);
        keep(arg, x, w & ~SHADOW_CELL_PAIR, true);
        return;
    }
    if (w & SHADOW_CELL_MASK)
        keep(arg, x, w, true);
    if (shadow_cell_same_epoch(a, w))
        read = a & ~(w & SHADOW_CELL_MASK);
    if (read & SHADOW_CELL_MASK)
        keep(arg, x, read, false);
}

/* Gives the granule back, which was taken in a tract that somebody holds. */
static bool moved(uint32_t *cell, uint32_t a)
{
    shadow_cell_swap(cell, SHADOW_CELL_LOCKED, a);
    return true;
}

bool shadow_granule_make_sync(struct shadow_thread *t, uintptr_t x, shadow_granule_keep *keep,
                              void *arg)
{
    uint32_t *cell = shadow_plane_a(x), a = __atomic_load_n(cell, __ATOMIC_RELAXED);

    if (a == SHADOW_CELL_SYNC)
        return false;
    do {
        shadow_tract_share(t, x);
        a = shadow_cell_take(cell);
    } while (!shadow_tract_still_shared(x, true) && moved(cell, a));
    if (a == SHADOW_CELL_SYNC) {
        shadow_cell_give(cell, a);
        return false;
    }
    if (keep && a & SHADOW_CELL_ESC)
        keep_record(a & ~SHADOW_CELL_ESC, x, keep, arg);
    else if (keep)
        keep_cells(a, *shadow_plane_w(x), x, keep, arg);
    if (a & SHADOW_CELL_ESC)
        shadow_record_free(NULL, a & ~SHADOW_CELL_ESC);
    *shadow_plane_w(x) = SHADOW_CELL_ELSEWHERE;
    __atomic_store_n(cell, SHADOW_CELL_SYNC,
                     __ATOMIC_SEQ_CST); /* before shadow_inline_revoke_granule() looks */
    return true;
}
