// A word that a library which is not compiled so swaps, and that compiled code then writes plainly; its neighbour is nobody else's.
// with: beside_unmodified-lib.c
// expect: mixed-atomic var=s in=library_swap,second
#include "race.h"

int library_swap(int *word, int value);

static struct {
    int swapped, mine;
} __attribute__((aligned(8))) s;

NOINLINE static void second(void)
{
    s.mine = 1;
    s.swapped = 2;
}

static void *early(void *arg)
{
    library_swap(&s.swapped, 1);
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
