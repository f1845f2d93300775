// One thread frees a block under a mutex, another one reads it under the same mutex afterwards.
// expect: heap-use-after-free in=look,drop location=heap
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long *volatile shared;
static volatile long sink;

NOINLINE static void drop(void)
{
    free(shared);
}

NOINLINE static long look(void)
{
    return shared[2];
}

static void *early(void *arg)
{
    pthread_mutex_lock(&lock);
    drop();
    pthread_mutex_unlock(&lock);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    pthread_mutex_lock(&lock);
    sink = look();
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    shared = calloc(8, sizeof(*shared));
    race_two(early, late, NULL);
    return 0;
}
