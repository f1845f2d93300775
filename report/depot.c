/*
 * report/depot.c - the stack depot, see report/depot.h. Hot: once for each tier-3 access.
 *
 *   buckets[hash(parent, pc)] -> node -> node -> 0        ids, linked by `next`
 *           └ of what lies within 128 bytes of code under one stack: 16 buckets, one cache line
 *   chunks[id >> 16][id & 0xffff]                         nodes, from the arena, never freed
 *
 * Insertion: the node is written, then its id is put at the head of its bucket by compare-and-swap (release,
 * pairs with the acquire load of the head in find()). A node is never changed after that. Two threads that
 * insert the same pair at once both retry the search after a failed swap, so a pair is kept once.
 */
#include "report/depot.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/steps.h"

enum {
    BUCKET_BITS = 20,
    BLOCK_BITS = 7,
    CHUNK_BITS = 16,
    CHUNK_NODES = 1 << CHUNK_BITS,
    STEP_NODES = BASE_STEP / 16, /* their pages are had together */
    CHUNKS = 128,                /* 8 million nodes, 128 MiB: more is lost and counted */
};

struct node {
    uint32_t parent, next;
    uintptr_t pc;
};

static uint32_t buckets[1 << BUCKET_BITS]; /* ids of the newest nodes; atomic */
static struct node *chunks[CHUNKS];        /* atomic */
static uint8_t ready[sizeof(buckets) / BASE_STEP];
static uint64_t last; /* id given out last; atomic */
static uint64_t lost; /* atomic */

static uint32_t hash(uint32_t parent, uintptr_t pc)
{
    uint64_t h = (pc >> BLOCK_BITS ^ ((uint64_t)parent << 32 | parent)) * 0x9e3779b97f4a7c15u;
    uint32_t line = (uint32_t)((h ^ h >> 29) * 0xbf58476d1ce4e5b9u >> (64 - BUCKET_BITS + 4));

    return line << 4 | ((pc ^ pc >> 4) & 15);
}

static struct node *node_of(uint32_t id)
{
    struct node *chunk = __atomic_load_n(&chunks[id >> CHUNK_BITS], __ATOMIC_ACQUIRE);

    return &chunk[id & (CHUNK_NODES - 1)];
}

/* Searches from id up to (not including) `until`. */
static uint32_t find(uint32_t id, uint32_t until, uint32_t parent, uintptr_t pc)
{
    while (id != until) {
        const struct node *n = node_of(id);

        if (n->pc == pc && n->parent == parent)
            return id;
        id = n->next;
    }
    return 0;
}

static struct node *chunk_for(uint32_t id)
{
    struct node **slot = &chunks[id >> CHUNK_BITS], *chunk, *expected = NULL;

    chunk = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (chunk)
        return chunk;
    chunk = base_arena_alloc(sizeof(struct node) * CHUNK_NODES);
    /* Whoever comes second leaves its untouched chunk to the arena: address space, no memory. */
    if (chunk && __atomic_compare_exchange_n(slot, &expected, chunk, false, __ATOMIC_ACQ_REL,
                                             __ATOMIC_ACQUIRE))
        return chunk;
    return chunk ? expected : __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

static uint32_t new_id(void)
{
    uint64_t id;

    if (__atomic_load_n(&last, __ATOMIC_RELAXED) >= (uint64_t)CHUNKS * CHUNK_NODES - 1)
        return 0;
    id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
    if (id >= (uint64_t)CHUNKS * CHUNK_NODES || !chunk_for((uint32_t)id))
        return 0;
    if (id == 1 || id % STEP_NODES == 0)
        base_sys_populate(node_of((uint32_t)id), BASE_STEP);
    return (uint32_t)id;
}

static uint32_t insert(uint32_t *bucket, uint32_t head, uint32_t parent, uintptr_t pc)
{
    uint32_t id = new_id(), searched = head, found;
    struct node *n;

    if (!id) {
        __atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
        return 0;
    }
    n = node_of(id);
    n->parent = parent;
    n->pc = pc;
    n->next = head;
    while (!__atomic_compare_exchange_n(bucket, &n->next, id, false, __ATOMIC_RELEASE,
                                        __ATOMIC_ACQUIRE)) {
        found = find(n->next, searched, parent, pc);
        if (found)
            return found; /* our node stays unused */
        searched = n->next;
    }
    return id;
}

uint32_t report_depot_put(uint32_t parent, uintptr_t pc)
{
    uint32_t h = hash(parent, pc), *bucket = &buckets[h], head, found;

    base_steps_touch(ready, buckets, h * sizeof(buckets[0]));
    head = __atomic_load_n(bucket, __ATOMIC_ACQUIRE);
    found = find(head, 0, parent, pc);
    return found ? found : insert(bucket, head, parent, pc);
}

uintptr_t report_depot_get(uint32_t id, uint32_t *parent)
{
    const struct node *n = node_of(id);

    *parent = n->parent;
    return n->pc;
}

uint64_t report_depot_nodes(void)
{
    return __atomic_load_n(&last, __ATOMIC_RELAXED);
}

uint64_t report_depot_lost(void)
{
    return __atomic_load_n(&lost, __ATOMIC_RELAXED);
}
