// Pages are given back with madvise() and used again by another thread, under one mutex.
// expect: none
#include "race.h"

#include <sys/mman.h>

enum { SIZE = 1 << 16 };

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char *place;

NOINLINE static void fill(int give_back)
{
    pthread_mutex_lock(&guard);
    for (int i = 0; i < SIZE; i += 16)
        place[i]++;
    MUST(madvise(place, SIZE, give_back) == 0);
    MUST(mprotect(place, SIZE, PROT_READ) == 0 &&
         mprotect(place, SIZE, PROT_READ | PROT_WRITE) == 0);
    pthread_mutex_unlock(&guard);
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
