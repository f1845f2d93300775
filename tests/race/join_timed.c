// pthread_tryjoin_np and pthread_timedjoin_np order what the thread did once they succeed.
// expect: none
#include "race.h"

#include <errno.h>
#include <time.h>

static long first, second;

static void *write_first(void *arg)
{
    first = 1;
    return arg;
}

static void *write_second(void *arg)
{
    unseen_nap(20000);
    second = 2;
    return arg;
}

int main(void)
{
    struct timespec past = { 0, 0 }, limit;
    pthread_t a = race_start(write_first, NULL), b = race_start(write_second, NULL);
    int early;

    while (pthread_tryjoin_np(a, NULL) == EBUSY)
        unseen_nap(100);
    early = pthread_timedjoin_np(b, NULL, &past);
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 50;
    if (early == ETIMEDOUT)
        MUST(pthread_timedjoin_np(b, NULL, &limit) == 0);
    return first == 1 && second == 2 ? 0 : 1;
}
