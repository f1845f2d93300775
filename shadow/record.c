/*
 * shadow/record.c - the pool of records: one reservation, a free list, a sweep.
 *
 * record_lock protects the free list and the high-water mark.
 */
#include "shadow/record.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/lock.h"
#include "base/mem.h"
#include "base/sys.h"
#include "shadow/cell.h"
#include "shadow/limits.h"
#include "shadow/plane.h"

#define SMALL_POOL (1u << 16) /* where the kernel refuses the large one */
#define BATCH 64u             /* records that a thread fetches at once */

struct shadow_record *shadow_records;

static struct base_lock record_lock = BASE_LOCK_INIT;
static uint32_t record_free, record_high = 1, record_limit;
static uint32_t record_bound =
    UINT32_MAX;    /* of record_high, by what memory the program takes; atomic */
static bool swept; /* nothing came of the last sweep: wait for a free */

int shadow_record_init(void)
{
    for (uint32_t n = SHADOW_RECORDS; n >= SMALL_POOL; n /= 8) {
        struct shadow_record *records = base_sys_pages((size_t)n * sizeof(*records));

        if (!records)
            continue;
        shadow_records = records;
        record_limit = n < shadow_limits.records ? n : shadow_limits.records;
        return 0;
    }
    return -ENOMEM;
}

static bool is_full(void)
{
    return record_high >= record_limit ||
           record_high >= __atomic_load_n(&record_bound, __ATOMIC_RELAXED);
}

void shadow_record_bound(uint64_t records)
{
    __atomic_store_n(&record_bound, records < UINT32_MAX ? (uint32_t)records : UINT32_MAX,
                     __ATOMIC_RELAXED);
}

static void free_locked(uint32_t i)
{
    for (uint32_t next; i; i = next) {
        next = shadow_records[i].next;
        shadow_records[i].granule = 0;
        shadow_records[i].next = record_free;
        record_free = i;
    }
}

/*
 * Frees records that no cell names. Under the lock of its granule a record with that granule is either named by the cell
 * or forgotten with the cell's page: threads free and publish theirs under it. A granule in use is left alone.
 */
static void sweep_locked(void)
{
    for (uint32_t i = 1; i < record_high; i++) {
        uint64_t x = __atomic_load_n(&shadow_records[i].granule, __ATOMIC_ACQUIRE); /* inflate() */
        uint32_t *cell, a;

        if (!x)
            continue;
        cell = shadow_plane_a(x);
        a = __atomic_load_n(cell, __ATOMIC_ACQUIRE);
        if (a == SHADOW_CELL_LOCKED || a == (SHADOW_CELL_ESC | i) ||
            !shadow_cell_swap(cell, a, SHADOW_CELL_LOCKED))
            continue;
        if (__atomic_load_n(&shadow_records[i].granule, __ATOMIC_RELAXED) == x)
            free_locked(i);
        shadow_cell_give(cell, a);
    }
    swept = true;
}

/* A batch for an empty cache; small where the pool is, so that nobody hoards it. */
static void refill(struct shadow_record_cache *cache)
{
    uint32_t want = record_limit / 1024 + 1 < BATCH ? record_limit / 1024 + 1 : BATCH;

    base_lock_acquire(&record_lock);
    if (!record_free && is_full() && !swept)
        sweep_locked();
    while (cache->count < want) {
        uint32_t i = record_free;

        if (i)
            record_free = shadow_records[i].next;
        else if (!is_full())
            i = record_high++;
        else
            break;
        shadow_records[i].granule = 0;
        shadow_records[i].next = cache->first;
        cache->first = i;
        cache->count++;
    }
    base_lock_release(&record_lock);
}

uint32_t shadow_record_new(struct shadow_record_cache *cache)
{
    uint32_t i;

    if (!cache->first)
        refill(cache);
    i = cache->first;
    if (!i)
        return 0;
    cache->first = shadow_records[i].next;
    cache->count--;
    shadow_records[i].n = shadow_records[i].next = 0;
    return i;
}

/* Gives back all but `keep`. */
static void spill(struct shadow_record_cache *cache, uint32_t keep)
{
    base_lock_acquire(&record_lock);
    for (; cache->count > keep; cache->count--) {
        uint32_t i = cache->first;

        cache->first = shadow_records[i].next;
        shadow_records[i].next = record_free;
        record_free = i;
    }
    swept = false;
    base_lock_release(&record_lock);
}

void shadow_record_free(struct shadow_record_cache *cache, uint32_t i)
{
    if (!cache) {
        base_lock_acquire(&record_lock);
        free_locked(i);
        swept = false;
        base_lock_release(&record_lock);
        return;
    }
    for (uint32_t next; i; i = next) {
        next = shadow_records[i].next;
        shadow_records[i].granule = 0;
        shadow_records[i].next = cache->first;
        cache->first = i;
        cache->count++;
    }
    if (cache->count > 2 * BATCH || record_limit < SMALL_POOL)
        spill(cache, record_limit < SMALL_POOL ? 0 : BATCH);
}

void shadow_record_flush(struct shadow_record_cache *cache)
{
    spill(cache, 0);
}

void shadow_record_reset(void)
{
    base_sys_madvise((uintptr_t)shadow_records, (size_t)record_high * sizeof(*shadow_records),
                     MADV_DONTNEED);
    record_free = 0;
    record_high = 1;
    swept = false;
}

void shadow_record_fork_child(void)
{
    record_lock = (struct base_lock)BASE_LOCK_INIT;
}
