// One thread frees a block, another one gets the same memory from malloc: the allocator orders them.
// expect: none
#include "race.h"

#include <malloc.h>

enum { SIZE = 3000 };

NOINLINE static void fill(char *block, int size)
{
    for (int i = 0; i < size; i++)
        block[i] = (char)i;
}

static void *early(void *arg)
{
    for (int i = 0; i < 20; i++) {
        char *block = malloc(SIZE);

        fill(block, SIZE);
        free(block);
    }
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < 20; i++) {
        char *block = malloc(SIZE);

        fill(block, SIZE);
        block = realloc(block, SIZE * 2);
        fill(block, SIZE * 2);
        free(block);
    }
    return arg;
}

int main(void)
{
    mallopt(M_ARENA_MAX, 1);
    race_two(early, late, NULL);
    return 0;
}
