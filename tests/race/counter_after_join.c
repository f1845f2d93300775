// The counter is bumped by one thread at a time: each is joined before the next one is made.
// expect: none
#include "race.h"

static long request_count;

NOINLINE static void handle(void)
{
    request_count++;
}

static void *work(void *arg)
{
    handle();
    return arg;
}

int main(void)
{
    for (int i = 0; i < 8; i++)
        pthread_join(race_start(work, NULL), NULL);
    handle();
    return request_count == 9 ? 0 : 1;
}
