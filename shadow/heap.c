/*
 * shadow/heap.c - the table of blocks; malloc as an imitated write, free as a checked one.
 *
 * Blocks hang in buckets by addr / 256; the block around an inner address is found by walking buckets downwards, blocks
 * over SMALL bytes through a list of their own. Freed ones stay in a ring for a while. heap_locks[] protect the
 * buckets, large_lock the list, freed_lock the ring.
 */
#include "shadow/heap.h"

#include <errno.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"
#include "shadow/finding.h"
#include "shadow/range.h"
#include "shadow/sync.h"
#include "shadow/world.h"

#define BUCKETS (1u << 18)
#define BUCKET_BYTES 256u
#define STRIPES 256u
#define SMALL 65536u
#define FREED 4096u
#define FREE_CHECKED 1024u

static struct shadow_block **buckets;
static struct stripe {
    struct base_lock lock;
} __attribute__((aligned(64))) stripes[STRIPES];
static struct base_pool pool = BASE_POOL_INIT(sizeof(struct shadow_block));
static struct base_lock large_lock = BASE_LOCK_INIT, freed_lock = BASE_LOCK_INIT;
static struct shadow_block *large;
static struct shadow_block *freed; /* ring */
static uint64_t freed_count;

int shadow_heap_init(void)
{
    buckets = base_arena_alloc(BUCKETS * sizeof(*buckets));
    freed = base_arena_alloc(FREED * sizeof(*freed));
    return buckets && freed ? 0 : -ENOMEM;
}

static uint32_t bucket_of(uintptr_t addr)
{
    return (uint32_t)(addr / BUCKET_BYTES % BUCKETS);
}

/* The list a block of that size and address is in, and its lock. */
static struct shadow_block **list_of(uintptr_t addr, bool is_large, struct base_lock **lock)
{
    *lock = is_large ? &large_lock : &stripes[bucket_of(addr) % STRIPES].lock;
    return is_large ? &large : &buckets[bucket_of(addr)];
}

static struct shadow_block *unlink(uintptr_t addr, bool is_large)
{
    struct base_lock *lock;
    struct shadow_block **at = list_of(addr, is_large, &lock), *b;

    base_lock_acquire(lock);
    while (*at && (*at)->addr != addr)
        at = &(*at)->next;
    b = *at;
    if (b)
        *at = b->next;
    base_lock_release(lock);
    return b;
}

static struct shadow_block *take(uintptr_t addr)
{
    struct shadow_block *b = unlink(addr, false);

    return b ? b : unlink(addr, true);
}

static void put(struct shadow_block *b)
{
    struct base_lock *lock;
    struct shadow_block **head = list_of(b->addr, b->size > SMALL, &lock);

    base_lock_acquire(lock);
    b->next = *head;
    *head = b;
    base_lock_release(lock);
}

static bool contains(const struct shadow_block *b, uintptr_t addr)
{
    return addr >= b->addr && addr - b->addr < b->size;
}

static bool find_in(struct shadow_block **head, struct base_lock *lock, uintptr_t addr,
                    struct shadow_block *out)
{
    struct shadow_block *b;

    base_lock_acquire(lock);
    for (b = *head; b && !contains(b, addr); b = b->next)
        ;
    if (b)
        *out = *b;
    base_lock_release(lock);
    return b != NULL;
}

static bool find_freed(uintptr_t addr, struct shadow_block *out)
{
    bool found = false;

    base_lock_acquire(&freed_lock);
    for (uint64_t i = freed_count; !found && i-- > 0 && i + FREED >= freed_count;) {
        found = contains(&freed[i % FREED], addr);
        if (found)
            *out = freed[i % FREED];
    }
    base_lock_release(&freed_lock);
    return found;
}

bool shadow_heap_find(uintptr_t addr, struct shadow_block *out)
{
    for (uint32_t back = 0; back <= SMALL / BUCKET_BYTES && addr >= back * BUCKET_BYTES; back++) {
        struct base_lock *lock;
        struct shadow_block **head = list_of(addr - back * BUCKET_BYTES, false, &lock);

        if (__atomic_load_n(head, __ATOMIC_RELAXED) && find_in(head, lock, addr, out))
            return true;
    }
    return find_in(&large, &large_lock, addr, out) || find_freed(addr, out);
}

static void keep_freed(const struct shadow_block *b)
{
    base_lock_acquire(&freed_lock);
    freed[freed_count % FREED] = *b;
    freed[freed_count++ % FREED].freed = true;
    base_lock_release(&freed_lock);
}

static void enter_block(struct shadow_thread *t, uintptr_t addr, size_t size, uint32_t stack)
{
    struct shadow_block *b = take(addr); /* freed behind our back */

    if (!b)
        b = base_pool_get(&pool);
    if (!b)
        return;
    *b = (struct shadow_block){ .addr = addr, .size = size, .owner = t->identity, .stack = stack };
    put(b);
}

/* The block's whole granules as written now by t: its own older inline matches stay true. */
static void stamp(struct shadow_thread *t, uintptr_t addr, size_t size)
{
    uintptr_t x = (addr + 3) & ~(uintptr_t)3, end = (addr + size) & ~(uintptr_t)3;
    uint32_t cell = t->epoch | SHADOW_CELL_MASK;

    if (x > addr)
        shadow_range_clear_edge(t, x - 4);
    if (end < addr + size)
        shadow_range_clear_edge(t, end);
    t->stamped = true;
    for (; x < end; x += 4)
        shadow_granule_set(x, cell);
}

void shadow_heap_alloc(struct shadow_thread *t, uintptr_t addr, size_t size,
                       const struct base_where *at)
{
    uint32_t stack;

    if (!shadow_world_enter(t))
        return;
    stack = shadow_thread_stack(t, at);
    enter_block(t, addr, size, stack);
    if (size && shadow_covers(addr, size)) {
        shadow_sync_drop_range(addr, addr + size);
        if (size <= SMALL && t->epoch && !at->foreign) {
            shadow_thread_log(t, addr, size, REPORT_WRITE, false, stack);
            stamp(t, addr, size);
        } else {
            shadow_range_clear(t, addr, size);
        }
    }
    shadow_world_leave(t);
}

static void check_free(struct shadow_thread *t, const struct shadow_block *b,
                       const struct base_where *at)
{
    size_t len = b->size < FREE_CHECKED ? b->size : FREE_CHECKED;
    struct shadow_found found = { 0 };
    struct shadow_now now = { .addr = b->addr,
                              .size = b->size,
                              .op = REPORT_FREE,
                              .stack = shadow_thread_stack(t, at),
                              .pc = at ? at->pc : 0 };

    shadow_sync_drop_range(b->addr, b->addr + b->size);
    shadow_thread_log(t, b->addr, b->size, REPORT_FREE, false, now.stack);
    t->stamped = true;
    for (uintptr_t x = b->addr & ~(uintptr_t)3; x < b->addr + len; x += 4) {
        uint32_t mask = shadow_range_mask(x, b->addr, b->addr + b->size);

        if (shadow_granule_visit(t, x, mask, true, &found) == SHADOW_VISIT_SYNC)
            shadow_granule_set(x, t->epoch ? t->epoch | mask : 0);
    }
    if (found.previous)
        shadow_finding_race(t, &now, &found);
}

/* t's inline plane must not match in the block's next life, which another thread may begin. Those who used it before
 * have released since, or they race with this. */
static void forget_inline(struct shadow_thread *t, const struct shadow_block *b)
{
    if (!t->in)
        return;
    if (b->size > SMALL) {
        shadow_inline_advance(t);
        return;
    }
    for (uintptr_t x = b->addr & ~(uintptr_t)3; x < b->addr + b->size; x += 4)
        shadow_inline_forget(t, x);
}

void shadow_heap_free(struct shadow_thread *t, uintptr_t addr, const struct base_where *at)
{
    struct shadow_block *b;

    if (!shadow_world_enter(t))
        return;
    b = take(addr);
    if (b) {
        keep_freed(b);
        if (b->size && shadow_covers(b->addr, b->size)) {
            if (at->foreign) {
                shadow_range_clear(t, b->addr, b->size);
            } else {
                check_free(t, b, at);
                forget_inline(t, b);
            }
        }
        base_pool_put(&pool, b);
    }
    shadow_world_leave(t);
}

void shadow_heap_fork_child(void)
{
    for (unsigned i = 0; i < STRIPES; i++)
        stripes[i].lock = (struct base_lock)BASE_LOCK_INIT;
    pool.lock = large_lock = freed_lock = (struct base_lock)BASE_LOCK_INIT;
}
