// A mutex that is taken while synchronisation is left out orders nothing.
// expect: data-race var=shared in=first,second
#include "../../include/seance/seance.h"

#include "race.h"

static volatile long shared;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void first(void)
{
    SEANCE_IGNORE_BEGIN(SEANCE_SYNC);
    pthread_mutex_lock(&mutex);
    shared++;
    pthread_mutex_unlock(&mutex);
    SEANCE_IGNORE_END(SEANCE_SYNC);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&mutex);
    shared++;
    pthread_mutex_unlock(&mutex);
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
