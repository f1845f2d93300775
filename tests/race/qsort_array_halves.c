// Two threads sort the halves of one array.
// expect: none
#include "race.h"

static int list[8] = { 5, 3, 8, 1, 9, 2, 7, 4 };

static int order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

NOINLINE static void first(void)
{
    qsort(list, 4, sizeof(int), order);
}

NOINLINE static void second(void)
{
    qsort(list + 4, 4, sizeof(int), order);
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
