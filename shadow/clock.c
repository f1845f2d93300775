/*
 * shadow/clock.c - joins of immutable vector clocks. No lock but the pools'; reference counts are atomic.
 */
#include "shadow/clock.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/mem.h"

static struct base_pool clock_pool = BASE_POOL_INIT(sizeof(struct shadow_clock));
static struct base_pool chunk_pool = BASE_POOL_INIT(sizeof(struct shadow_chunk));

struct shadow_clock *shadow_clock_hold(struct shadow_clock *c)
{
    if (c)
        __atomic_fetch_add(&c->references, 1, __ATOMIC_RELAXED);
    return c;
}

static struct shadow_chunk *chunk_hold(struct shadow_chunk *k)
{
    if (k)
        __atomic_fetch_add(&k->references, 1, __ATOMIC_RELAXED);
    return k;
}

/* Acquire-release: the last dropper must see what the others read before it recycles the memory. */
static void chunk_drop(struct shadow_chunk *k)
{
    if (k && __atomic_sub_fetch(&k->references, 1, __ATOMIC_ACQ_REL) == 0)
        base_pool_put(&chunk_pool, k);
}

void shadow_clock_drop(struct shadow_clock *c)
{
    if (!c || __atomic_sub_fetch(&c->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (unsigned i = 0; i < SHADOW_CHUNKS; i++)
        chunk_drop(c->chunk[i]);
    base_pool_put(&clock_pool, c);
}

static struct shadow_clock *copy(const struct shadow_clock *a)
{
    struct shadow_clock *c = base_pool_get(&clock_pool);

    if (!c)
        return NULL;
    c->references = 1;
    for (unsigned i = 0; i < SHADOW_CHUNKS; i++)
        c->chunk[i] = a ? chunk_hold(a->chunk[i]) : NULL;
    return c;
}

/* Bit 0: b is greater somewhere; bit 1: a is. */
static unsigned compare(const struct shadow_chunk *a, const struct shadow_chunk *b)
{
    unsigned which = 0;

    for (unsigned i = 0; i < SHADOW_CHUNK; i++)
        which |= (unsigned)(b->at[i] > a->at[i]) | (unsigned)(a->at[i] > b->at[i]) << 1;
    return which;
}

/* A held chunk with the maximum of both; NULL: out of memory (both are not NULL). */
static struct shadow_chunk *chunk_join(struct shadow_chunk *a, struct shadow_chunk *b)
{
    struct shadow_chunk *k;
    unsigned which = compare(a, b);

    if (which != 3)
        return chunk_hold(which == 1 ? b : a);
    k = base_pool_get(&chunk_pool);
    if (!k)
        return NULL;
    k->references = 1;
    for (unsigned i = 0; i < SHADOW_CHUNK; i++)
        k->at[i] = a->at[i] > b->at[i] ? a->at[i] : b->at[i];
    return k;
}

/* Raises one component of c, which nobody else sees yet. */
static bool raise(struct shadow_clock *c, uint32_t slot, uint32_t value)
{
    struct shadow_chunk **at = &c->chunk[slot / SHADOW_CHUNK], *old = *at, *k;

    if (shadow_clock_at(c, slot) >= value)
        return true;
    k = base_pool_get(&chunk_pool);
    if (!k)
        return false;
    if (old)
        base_mem_copy(k, old, sizeof(*k));
    k->references = 1;
    k->at[slot % SHADOW_CHUNK] = value;
    chunk_drop(old);
    *at = k;
    return true;
}

bool shadow_clock_covers(const struct shadow_clock *a, const struct shadow_clock *b)
{
    if (a == b || !b)
        return true;
    for (unsigned i = 0; i < SHADOW_CHUNKS; i++) {
        const struct shadow_chunk *ka = a ? a->chunk[i] : NULL, *kb = b->chunk[i];

        if (kb && ka != kb && (!ka || compare(ka, kb) & 1))
            return false;
    }
    return true;
}

struct shadow_clock *shadow_clock_join(struct shadow_clock *a, struct shadow_clock *b, bool *failed)
{
    struct shadow_clock *c;
    bool ok = true;

    if (shadow_clock_covers(a, b))
        return shadow_clock_hold(a);
    if (shadow_clock_covers(b, a))
        return shadow_clock_hold(b);
    c = copy(a);
    if (!c) {
        *failed = true;
        return shadow_clock_hold(a);
    }
    for (unsigned i = 0; i < SHADOW_CHUNKS; i++) {
        struct shadow_chunk *ka = c->chunk[i], *kb = b->chunk[i], *k;

        if (ka == kb || !kb)
            continue;
        k = ka ? chunk_join(ka, kb) : chunk_hold(kb);
        ok = ok && k;
        if (k) {
            chunk_drop(ka);
            c->chunk[i] = k;
        }
    }
    *failed = *failed || !ok;
    return c;
}

struct shadow_clock *shadow_clock_raise(struct shadow_clock *a, const uint32_t *cells, unsigned n,
                                        bool *failed)
{
    struct shadow_clock *c = copy(a);

    if (!c) {
        *failed = true;
        return shadow_clock_hold(a);
    }
    for (unsigned i = 0; i < n; i++)
        if (cells[i] && !raise(c, shadow_cell_slot(cells[i]), shadow_cell_clock(cells[i])))
            *failed = true;
    return c;
}

void shadow_clock_fork_child(void)
{
    clock_pool.lock = chunk_pool.lock = (struct base_lock)BASE_LOCK_INIT;
}
