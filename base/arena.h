/*
 * base/arena.h - memory of our own, from mmap, never from the host's malloc.
 *
 * The arena hands out zeroed, 16-byte aligned memory and never takes it back (base_arena_alloc): no lock,
 * signal-safe. A struct base_pool recycles equal-sized objects under its own base_lock, which a fork must find free.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"

/* Zeroed memory, 16-byte aligned, of any size (bytes), or NULL when the kernel refuses. Never freed. */
void *base_arena_alloc(size_t size);
/* Bytes mapped by all arenas so far. */
size_t base_arena_mapped(void);
/* For tests: the n-th next base_arena_alloc() returns NULL (0 switches it off). */
void base_arena_fail_after(unsigned n);

/* Recycles objects of one size. The object's first 8 bytes are the free list's while it is free. */
struct base_pool {
    struct base_lock lock;
    uint32_t size; /* bytes of one object, at least 8 */
    void *free;
};

#define BASE_POOL_INIT(bytes)                                                                      \
    {                                                                                              \
        BASE_LOCK_INIT, (bytes), NULL                                                              \
    }

/* Zeroed object or NULL. */
void *base_pool_get(struct base_pool *pool);
void base_pool_put(struct base_pool *pool, void *object);

#endif
