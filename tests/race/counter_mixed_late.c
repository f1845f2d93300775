// The same mixture the other way round: the bare bump comes first, the lock-prefixed one later.
// expect: mixed-atomic var=request_count in=handle_get,handle_put location=global
#include "race.h"

static long request_count;

NOINLINE static void handle_get(void)
{
    __atomic_fetch_add(&request_count, 1, __ATOMIC_RELAXED);
}

NOINLINE static void handle_put(void)
{
    request_count++;
}

static void *early(void *arg)
{
    handle_put();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    handle_get();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return request_count == 2 ? 0 : 1;
}
