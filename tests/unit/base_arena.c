/* The arena and its pools: zeroed, aligned, apart from each other, and honest when memory ends. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/arena.h"

static bool is_zero(const char *p, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (p[i])
            return false;
    }
    return true;
}

Test(base_arena, blocks_are_zero_aligned_and_apart)
{
    enum { N = 2000 };
    static char *blocks[N];

    for (size_t i = 0; i < N; i++) {
        blocks[i] = base_arena_alloc(i);
        cr_assert_not_null(blocks[i]);
        cr_assert_eq((uintptr_t)blocks[i] % 16, 0);
        cr_assert(is_zero(blocks[i], i));
        memset(blocks[i], (int)i | 1, i);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < i; j++)
            cr_assert_eq(blocks[i][j], (char)(i | 1));
    }
}

Test(base_arena, large_blocks_have_pages_of_their_own)
{
    size_t before = base_arena_mapped(), size = (size_t)5 << 20;
    char *block = base_arena_alloc(size);

    cr_assert_not_null(block);
    cr_assert_eq(base_arena_mapped() - before, size);
    block[0] = block[size - 1] = 1;
}

Test(base_arena, absurd_sizes_are_refused)
{
    cr_assert_null(base_arena_alloc(SIZE_MAX));
    cr_assert_null(base_arena_alloc(SIZE_MAX / 2));
}

Test(base_arena, the_nth_allocation_fails_on_request)
{
    base_arena_fail_after(3);
    cr_assert_not_null(base_arena_alloc(8));
    cr_assert_not_null(base_arena_alloc(8));
    cr_assert_null(base_arena_alloc(8));
    cr_assert_not_null(base_arena_alloc(8));
}

Test(base_arena, a_pool_recycles_and_zeroes)
{
    struct base_pool pool = BASE_POOL_INIT(40);
    char *a = base_pool_get(&pool), *b = base_pool_get(&pool);

    cr_assert_neq(a, b);
    memset(a, 0xff, 40);
    base_pool_put(&pool, a);
    base_pool_put(&pool, NULL);
    cr_assert_eq(base_pool_get(&pool), a);
    cr_assert(is_zero(a, 40));
    cr_assert_neq(base_pool_get(&pool), b);
}

Test(base_arena, a_pool_without_memory_says_so)
{
    struct base_pool pool = BASE_POOL_INIT(40);

    base_arena_fail_after(1);
    cr_assert_null(base_pool_get(&pool));
    cr_assert_not_null(base_pool_get(&pool));
}

static void *allocate_many(void *mark)
{
    bool good = true;

    for (int i = 0; i < 20000; i++) {
        long *block = base_arena_alloc(64);

        good = good && block && block[0] == 0 && block[7] == 0;
        block[0] = block[7] = (long)mark;
    }
    return (void *)(long)good;
}

Test(base_arena, threads_get_blocks_of_their_own)
{
    pthread_t threads[4];

    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, allocate_many, (void *)(i + 1));
    for (int i = 0; i < 4; i++) {
        void *good;

        pthread_join(threads[i], &good);
        cr_assert(good);
    }
}
