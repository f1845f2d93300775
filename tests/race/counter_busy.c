// The request counter again, bumped ten thousand times by four workers in no order at all.
// expect: data-race var=request_count in=handle,handle location=global
#include "race.h"

static long request_count;

NOINLINE static void handle(void)
{
    request_count++;
}

static void *work(void *arg)
{
    for (int i = 0; i < 10000; i++)
        handle();
    return arg;
}

int main(void)
{
    pthread_t workers[4];

    for (int i = 0; i < 4; i++)
        workers[i] = race_start(work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(workers[i], NULL);
    return request_count > 0 ? 0 : 1;
}
