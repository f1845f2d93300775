/*
 * base/table.h - uthash set up for use inside a host: memory from our arena, no exit(3) on failure.
 *
 * Include this, never <uthash.h>. A failed allocation leaves the element out of the table (HASH_NONFATAL_OOM).
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

#define uthash_malloc(size) base_arena_alloc(size)
#define uthash_free(ptr, size) ((void)(ptr), (void)(size))
#define uthash_strlen(s) base_str_length(s)
#define uthash_bzero(ptr, size) base_mem_set((ptr), 0, (size))
#define uthash_memcmp(a, b, n) base_mem_compare((a), (b), (n))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
