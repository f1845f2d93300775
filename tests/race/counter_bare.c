// A request counter bumped bare by the handler, which two workers run.
// expect: data-race var=request_count in=handle,handle location=global
#include "race.h"

static long request_count;

NOINLINE static void handle(void)
{
    request_count++;
}

static void *early(void *arg)
{
    handle();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    handle();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return request_count == 2 ? 0 : 1;
}
