// A block is read by one thread under a mutex and then freed by another one under it.
// expect: none
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *early(void *arg)
{
    pthread_mutex_lock(&lock);
    MUST(*(long *)arg == 1);
    pthread_mutex_unlock(&lock);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    pthread_mutex_lock(&lock);
    free(arg);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    long *block = malloc(64);

    *block = 1;
    race_two(early, late, block);
    return 0;
}
