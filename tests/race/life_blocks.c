// One thread frees blocks of every kind, another one gets the same memory: the allocator orders them.
// expect: none
#include "race.h"

#include <malloc.h>

enum { SIZE = 3000 };

NOINLINE static void fill(char *block, int size)
{
    for (int i = 0; i < size; i++)
        block[i] = (char)i;
}

/* In place, where the block behind is free, or moved. */
NOINLINE static void *grown(void *block)
{
    block = realloc(block, SIZE * 2);
    MUST(block);
    fill(block, SIZE * 2);
    block = realloc(block, SIZE);
    MUST(block);
    block = reallocarray(block, 3, SIZE);
    MUST(block);
    fill(block, 3 * SIZE);
    return block;
}

NOINLINE static void use(void)
{
    void *blocks[6];

    MUST((blocks[0] = malloc(SIZE)) && (blocks[1] = calloc(3, SIZE / 3)));
    MUST((blocks[2] = aligned_alloc(64, SIZE / 64 * 64)) &&
         posix_memalign(&blocks[3], 256, SIZE) == 0);
    MUST((blocks[4] = memalign(32, SIZE)) && (blocks[5] = valloc(SIZE)));
    for (int i = 0; i < 6; i++)
        fill(blocks[i], SIZE / 64 * 64);
    blocks[0] = grown(blocks[0]);
    for (int i = 0; i < 6; i++)
        free(blocks[i]);
}

static void *early(void *arg)
{
    for (int i = 0; i < 10; i++)
        use();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < 10; i++)
        use();
    return arg;
}

int main(void)
{
    mallopt(M_ARENA_MAX, 1);
    race_two(early, late, NULL);
    return 0;
}
