/*
 * shadow/heap.c - the table of blocks; malloc as an imitated write, free as a checked one.
 *
 * Blocks hang in buckets by addr / 256; the block around an inner address is found by walking buckets downwards, blocks
 * over SMALL bytes through a list of their own. Freed ones stay in a ring for a while. The stripes' locks protect the
 * buckets, large_lock the list. An entry of the ring is written by whoever drew its number and says at its end which
 * number that was. Each thread keeps a few unused blocks, so that malloc and free meet no common lock but a stripe's.
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
#define SPARE 32u

static struct shadow_block **buckets;
static struct stripe {
    struct base_lock lock;
} __attribute__((aligned(64))) stripes[STRIPES];
static struct base_pool pool = BASE_POOL_INIT(sizeof(struct shadow_block));
static struct base_lock large_lock = BASE_LOCK_INIT;
static struct shadow_block *large;
static struct freed {
    uint64_t number; /* 0: being written; atomic */
    struct shadow_block block;
} * freed;                   /* ring */
static uint64_t freed_count; /* atomic */

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

    /* Relaxed: who frees a block knows of its allocation by other means. */
    return b || !__atomic_load_n(&large, __ATOMIC_RELAXED) ? b : unlink(addr, true);
}

static struct shadow_block *new_block(struct shadow_thread *t)
{
    struct shadow_block *b = t->blocks;

    if (!b)
        return base_pool_get(&pool);
    t->blocks = b->next;
    t->nblocks--;
    return b;
}

static void put_block(struct shadow_thread *t, struct shadow_block *b)
{
    if (t->nblocks >= SPARE) {
        base_pool_put(&pool, b);
        return;
    }
    b->next = t->blocks;
    t->blocks = b;
    t->nblocks++;
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
    uint64_t count = __atomic_load_n(&freed_count, __ATOMIC_ACQUIRE);

    for (uint64_t i = count; i > 0 && i + FREED > count; i--) {
        const struct freed *f = &freed[i % FREED];

        if (__atomic_load_n(&f->number, __ATOMIC_ACQUIRE) != i) /* keep_freed() */
            continue;
        *out = f->block;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&f->number, __ATOMIC_RELAXED) == i && contains(out, addr))
            return true;
    }
    return false;
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
    uint64_t number = __atomic_add_fetch(&freed_count, 1, __ATOMIC_RELAXED);
    struct freed *f = &freed[number % FREED];

    __atomic_store_n(&f->number, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE); /* pairs with the fence in find_freed() */
    f->block = *b;
    f->block.freed = true;
    __atomic_store_n(&f->number, number, __ATOMIC_RELEASE);
}

static void enter_block(struct shadow_thread *t, uintptr_t addr, size_t size, uint32_t stack)
{
    struct shadow_block *b = take(addr); /* freed behind our back */

    if (!b)
        b = new_block(t);
    if (!b)
        return;
    *b = (struct shadow_block){ .addr = addr, .size = size, .owner = t->identity, .stack = stack };
    put(b);
}

/* Two granules at once where neither has a record nor is a sync word; see shadow_granule_set() on what may come
 * between. False: one by one. */
static bool stamp_two(uintptr_t x, uint64_t cells)
{
    uint64_t *a = (uint64_t *)shadow_plane_a(x), *w = (uint64_t *)shadow_plane_w(x);

    if (__atomic_load_n(a, __ATOMIC_RELAXED) & SHADOW_CELL_ESC * 0x100000001ull)
        return false;
    *w = cells;
    __atomic_store_n(a, cells, __ATOMIC_RELEASE);
    return true;
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
    while (x < end) {
        if (!(x & 7) && x + 8 <= end && stamp_two(x, cell * 0x100000001ull)) {
            x += 8;
            continue;
        }
        shadow_granule_set(x, cell);
        x += 4;
    }
}

void shadow_heap_alloc(struct shadow_thread *t, uintptr_t addr, size_t size,
                       const struct base_where *at)
{
    uint32_t stack;

    if (!shadow_world_enter(t))
        return;
    stack = shadow_thread_stack(t, at);
    enter_block(t, addr, size, stack);
    if (size && shadow_thread_plural && shadow_covers(addr, size)) {
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

/* True if t has written the two granules in this epoch and nobody touched them since: its free changes nothing. */
static bool own_two(const struct shadow_thread *t, uintptr_t x)
{
    uint64_t cells = (t->epoch | SHADOW_CELL_MASK) * 0x100000001ull;

    return t->epoch && *(const volatile uint64_t *)shadow_plane_a(x) == cells &&
           *(const volatile uint64_t *)shadow_plane_w(x) == cells;
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

        if (!(x & 7) && x + 8 <= b->addr + len && own_two(t, x)) {
            x += 4; /* and the loop's own 4 */
            continue;
        }
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
    for (uintptr_t x = b->addr & ~(uintptr_t)3; x < b->addr + b->size; x += 4) {
        if (!(x & 7) && x + 8 <= b->addr + b->size && !*(uint64_t *)shadow_inline_cell(t->in, x))
            x += 4; /* and the loop's own 4 */
        else
            shadow_inline_forget(t, x);
    }
}

static void forget(struct shadow_thread *t, const struct shadow_block *b,
                   const struct base_where *at)
{
    if (!shadow_thread_plural) { /* nothing is recorded yet but sync words, which the next life must not inherit */
        if (shadow_sync_drop_range(b->addr, b->addr + b->size))
            shadow_range_clear(t, b->addr, b->size);
    } else if (at->foreign) {
        shadow_range_clear(t, b->addr, b->size);
    } else {
        check_free(t, b, at);
        forget_inline(t, b);
    }
}

void shadow_heap_free(struct shadow_thread *t, uintptr_t addr, const struct base_where *at)
{
    struct shadow_block *b;

    if (!shadow_world_enter(t))
        return;
    b = take(addr);
    if (b) {
        keep_freed(b);
        if (b->size && shadow_covers(b->addr, b->size))
            forget(t, b, at);
        put_block(t, b);
    }
    shadow_world_leave(t);
}

void shadow_heap_fork_child(void)
{
    for (unsigned i = 0; i < STRIPES; i++)
        stripes[i].lock = (struct base_lock)BASE_LOCK_INIT;
    pool.lock = large_lock = (struct base_lock)BASE_LOCK_INIT;
}
