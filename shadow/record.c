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

struct shadow_record *shadow_records;

static struct base_lock record_lock = BASE_LOCK_INIT;
static uint32_t record_free, record_high = 1, record_limit;
static bool swept; /* nothing came of the last sweep: wait for a free */

int shadow_record_init(void)
{
    for (uint32_t n = SHADOW_RECORDS; n >= SMALL_POOL; n /= 8) {
        uintptr_t p =
            base_sys_mmap(0, (size_t)n * sizeof(struct shadow_record), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (base_sys_failed(p))
            continue;
        base_sys_madvise(p, (size_t)n * sizeof(struct shadow_record), MADV_DONTDUMP);
        shadow_records = (struct shadow_record *)p;
        record_limit = n < shadow_limits.records ? n : shadow_limits.records;
        return 0;
    }
    return -ENOMEM;
}

static void put_locked(uint32_t i)
{
    shadow_records[i].granule = 0;
    shadow_records[i].next = record_free;
    record_free = i;
}

static void free_locked(uint32_t i)
{
    for (uint32_t next; i; i = next) {
        next = shadow_records[i].next;
        put_locked(i);
    }
}

/* Frees records that no cell names. A cell that is LOCKED may name it in a moment: left alone. */
static void sweep_locked(void)
{
    for (uint32_t i = 1; i < record_high; i++) {
        uint64_t x = __atomic_load_n(&shadow_records[i].granule, __ATOMIC_ACQUIRE); /* publish() */
        uint32_t a;

        if (!x)
            continue;
        a = __atomic_load_n(shadow_plane_a(x), __ATOMIC_ACQUIRE);
        if (a != SHADOW_CELL_LOCKED && a != (SHADOW_CELL_ESC | i))
            free_locked(i);
    }
    swept = true;
}

uint32_t shadow_record_new(void)
{
    uint32_t i;

    base_lock_acquire(&record_lock);
    if (!record_free && record_high >= record_limit && !swept)
        sweep_locked();
    i = record_free;
    if (i)
        record_free = shadow_records[i].next;
    else if (record_high < record_limit)
        i = record_high++;
    base_lock_release(&record_lock);
    if (i)
        base_mem_set(&shadow_records[i], 0, sizeof(struct shadow_record));
    return i;
}

void shadow_record_free(uint32_t i)
{
    base_lock_acquire(&record_lock);
    free_locked(i);
    swept = false;
    base_lock_release(&record_lock);
}

void shadow_record_reset(void)
{
    record_free = 0;
    record_high = 1;
    swept = false;
}

void shadow_record_fork_child(void)
{
    record_lock = (struct base_lock)BASE_LOCK_INIT;
}
