// Threads that are joined, detached in three ways, or still running at the end: none of them is left behind.
// expect: none
#include "race.h"

static void *child(void *arg)
{
    unseen_step();
    return arg;
}

static void *detach_itself(void *arg)
{
    pthread_detach(pthread_self());
    unseen_step();
    return arg;
}

static void *stay(void *arg)
{
    unseen_step();
    for (;;)
        unseen_nap(100000);
    return arg;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t detached;

    unseen_open();
    MUST(pthread_join(race_start(child, NULL), NULL) == 0);
    MUST(pthread_detach(race_start(child, NULL)) == 0);
    race_start(detach_itself, NULL);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    MUST(pthread_create(&detached, &attr, child, NULL) == 0);
    race_start(stay, NULL);
    unseen_until(5);
    unseen_nap(20000);
    return 0;
}
