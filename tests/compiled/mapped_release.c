// A mapping is handed over by a release store: whoever finds it there knows that it was made.
// expect: none
#include <sys/mman.h>

#include "race.h"

static char *place;

NOINLINE static void map(void)
{
    char *p = mmap(NULL, 262144, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    MUST(p != MAP_FAILED);
    __atomic_store_n(&place, p, __ATOMIC_RELEASE);
}

NOINLINE static void fill(void)
{
    __atomic_load_n(&place, __ATOMIC_ACQUIRE)[0] = 1;
}

static void *early(void *arg)
{
    map();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    fill();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
