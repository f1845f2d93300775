// Locks that are not held are destroyed, initialised again, overwritten and used again, as their memory is.
// expect: none
#include "race.h"

static pthread_mutex_t lock;
static pthread_rwlock_t shared;

static void *work(void *arg)
{
    pthread_mutex_t own;

    pthread_mutex_init(&own, NULL);
    pthread_mutex_lock(&own);
    pthread_mutex_unlock(&own);
    return arg; /* not destroyed: the next thread has its stack */
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_t *block = malloc(sizeof *block);

        pthread_mutex_init(&lock, NULL);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        if (i)
            pthread_mutex_destroy(&lock);
        memset(&lock, 0, sizeof lock);
        pthread_rwlock_init(&shared, NULL);
        pthread_rwlock_rdlock(&shared);
        pthread_rwlock_unlock(&shared);
        pthread_mutex_init(block, NULL);
        pthread_mutex_lock(block);
        pthread_mutex_unlock(block);
        free(block);
        race_two(work, work, NULL);
    }
    return 0;
}
