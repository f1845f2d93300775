// The flag of a condition variable is set without the mutex.
// expect: data-race var=ready in=wait_for_it,announce location=global
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ready;

NOINLINE static void announce(void)
{
    ready = 1;
    pthread_cond_signal(&changed);
}

NOINLINE static void *wait_for_it(void *arg)
{
    unseen_until(1);
    pthread_mutex_lock(&lock);
    while (!ready)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return arg;
}

static void *send(void *arg)
{
    announce();
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(send, wait_for_it, NULL);
    return 0;
}
