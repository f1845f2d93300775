// A lock that was taken without waiting is still held while the thread waits for another one.
// expect: lock-order-inversion in=tried_first,other_way
#include "race.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void tried_first(void)
{
    MUST(pthread_mutex_trylock(&a) == 0);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

NOINLINE static void other_way(void)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void *early(void *arg)
{
    tried_first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    other_way();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
