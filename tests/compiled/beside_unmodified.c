// A compiled program beside a library that is not: the library's own atomics order the program's accesses.
// with: beside_unmodified-lib.c
// expect: none
#include "race.h"

void library_open(long *word);
int library_is_open(void);

static long shared, other;

static void *early(void *arg)
{
    other = 7;
    library_open(&shared);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(library_is_open());
    MUST(shared == 1 && other == 7);
    shared = 3;
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
