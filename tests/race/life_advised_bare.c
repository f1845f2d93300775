// Pages are given back with madvise() by one thread and used again by another, without a lock.
// expect: data-race in=fill,fill
#include "race.h"

#include <sys/mman.h>

enum { SIZE = 1 << 16 };

static char *place;

NOINLINE static void fill(int give_back)
{
    for (int i = 0; i < SIZE; i += 16)
        place[i]++;
    MUST(madvise(place, SIZE, give_back) == 0);
    MUST(mprotect(place, SIZE, PROT_READ) == 0 &&
         mprotect(place, SIZE, PROT_READ | PROT_WRITE) == 0);
}

static void *early(void *arg)
{
    fill(MADV_DONTNEED);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    fill(MADV_FREE);
    return arg;
}

int main(void)
{
    place = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(place != MAP_FAILED);
    race_two(early, late, NULL);
    return 0;
}
