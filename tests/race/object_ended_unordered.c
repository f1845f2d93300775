// Locks that another thread has used are destroyed, and one is freed, with nothing that says that it is done with them.
// expect: data-race in=end_mutex location=global
// expect: data-race in=end_rwlock location=global
// expect: heap-use-after-free in=end_block location=heap
#include "race.h"

static pthread_mutex_t mutex;
static pthread_rwlock_t rwlock;

NOINLINE static void end_mutex(void)
{
    pthread_mutex_destroy(&mutex);
}

NOINLINE static void end_rwlock(void)
{
    pthread_rwlock_destroy(&rwlock);
}

NOINLINE static void end_block(void *block)
{
    free(block);
}

static void *early(void *arg)
{
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        pthread_rwlock_rdlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
        pthread_mutex_lock(arg);
        pthread_mutex_unlock(arg);
    }
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    end_mutex();
    end_rwlock();
    end_block(arg);
    return NULL;
}

int main(void)
{
    pthread_mutex_t *block = malloc(sizeof(*block));

    pthread_mutex_init(&mutex, NULL);
    pthread_rwlock_init(&rwlock, NULL);
    pthread_mutex_init(block, NULL);
    race_two(early, late, block);
    return 0;
}
