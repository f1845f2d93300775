// Two threads write to one mapping, which was moved and grown in between.
// expect: data-race in=first,second
#include "race.h"

#include <sys/mman.h>

enum { SIZE = 1 << 16 };

static char *place;

NOINLINE static void first(void)
{
    place[SIZE + 8] = 'x';
}

NOINLINE static void second(void)
{
    place[SIZE + 8] = 'y';
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
    place = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(place != MAP_FAILED);
    place[8] = 'm';
    place = mremap(place, SIZE, 4 * SIZE, MREMAP_MAYMOVE);
    MUST(place != MAP_FAILED && place[8] == 'm');
    race_two(early, late, NULL);
    return 0;
}
