/*
 * base/arena.c - the bump arena and the object pools of base/arena.h.
 *
 *   chunk  | used | cut cut cut ...   | free ->            |     fresh pages from mmap are zero already
 *          at 0     ^HEADER           ^used                ^CHUNK
 *
 * Small requests are cut from the present chunk by one atomic addition, large ones get a mapping of
 * their own. No lock: a signal handler may allocate, and a forked child finds nothing held.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/steps.h"
#include "base/sys.h"

enum { ALIGN = 16, HEADER = ALIGN, PAGE = 4096, CHUNK = 1 << 20, LARGE = CHUNK / 4 };

struct chunk {
    size_t used; /* bytes, the header included; beyond CHUNK where requests did not fit; atomic */
};

static struct {
    struct chunk *present; /* atomic; NULL before the first request */
    size_t mapped;         /* bytes, atomic */
    unsigned fail_after;   /* tests only, atomic */
} arena;

static size_t round_up(size_t size, size_t to)
{
    return (size + to - 1) & ~(to - 1);
}

static uintptr_t map_pages(size_t size)
{
    uintptr_t at = base_sys_mmap(0, size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base_sys_failed(at))
        return 0;
    base_sys_madvise(at, size, MADV_DONTDUMP);
    __atomic_fetch_add(&arena.mapped, size, __ATOMIC_RELAXED);
    return at;
}

/* Small objects are written whole: whoever crosses into a new step has its pages ready. */
static void step_into(const struct chunk *chunk, size_t at, size_t size)
{
    size_t step = (at + size) & ~(BASE_STEP - 1);

    if (step > at && step < CHUNK && size <= PAGE)
        base_sys_populate((const char *)chunk + step, BASE_STEP);
}

/* Cuts from the chunk, or 0 where it does not fit any more. */
static uintptr_t cut(struct chunk *chunk, size_t size)
{
    size_t at = chunk ? __atomic_fetch_add(&chunk->used, size, __ATOMIC_RELAXED) : CHUNK;

    if (at + size > CHUNK)
        return 0;
    step_into(chunk, at, size);
    return (uintptr_t)chunk + at;
}

/*
 * Maps a chunk and takes the first bytes of it. Where another thread was faster with its own, ours is
 * not made the present one and its rest, which nobody has touched, costs address space only.
 */
static uintptr_t cut_from_new(struct chunk *old, size_t size)
{
    struct chunk *chunk = (struct chunk *)map_pages(CHUNK);

    if (!chunk)
        return 0;
    base_sys_populate(chunk, BASE_STEP);
    chunk->used = HEADER + size;
    /* Release: partner is the acquire load in small(), which must see `used`. */
    __atomic_compare_exchange_n(&arena.present, &old, chunk, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
    return (uintptr_t)chunk + HEADER;
}

static uintptr_t small(size_t size)
{
    struct chunk *chunk = __atomic_load_n(&arena.present, __ATOMIC_ACQUIRE);
    uintptr_t at = cut(chunk, size);

    return at ? at : cut_from_new(chunk, size);
}

static bool told_to_fail(void)
{
    unsigned left = __atomic_load_n(&arena.fail_after, __ATOMIC_RELAXED);

    if (left == 0)
        return false;
    return __atomic_sub_fetch(&arena.fail_after, 1, __ATOMIC_RELAXED) == 0;
}

void *base_arena_alloc(size_t size)
{
    if (told_to_fail() || size > SIZE_MAX - PAGE)
        return NULL;
    if (size >= LARGE)
        return (void *)map_pages(round_up(size, PAGE));
    return (void *)small(size ? round_up(size, ALIGN) : ALIGN);
}

size_t base_arena_mapped(void)
{
    return __atomic_load_n(&arena.mapped, __ATOMIC_RELAXED);
}

void base_arena_fail_after(unsigned n)
{
    __atomic_store_n(&arena.fail_after, n, __ATOMIC_RELAXED);
}

void *base_pool_get(struct base_pool *pool)
{
    void **object;

    base_lock_acquire(&pool->lock);
    object = pool->free;
    if (object)
        pool->free = *object;
    base_lock_release(&pool->lock);
    if (!object)
        return base_arena_alloc(pool->size);
    base_mem_set(object, 0, pool->size);
    return object;
}

void base_pool_put(struct base_pool *pool, void *object)
{
    if (!object)
        return;
    base_lock_acquire(&pool->lock);
    *(void **)object = pool->free;
    pool->free = object;
    base_lock_release(&pool->lock);
}
