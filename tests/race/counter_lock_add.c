// The request counter bumped by a lock-prefixed add.
// expect: none
#include "race.h"

static long request_count;

NOINLINE static void handle(void)
{
    __atomic_fetch_add(&request_count, 1, __ATOMIC_RELAXED);
}

static void *work(void *arg)
{
    for (int i = 0; i < 2000; i++)
        handle();
    return arg;
}

int main(void)
{
    race_two(work, work, NULL);
    return request_count == 4000 ? 0 : 1;
}
