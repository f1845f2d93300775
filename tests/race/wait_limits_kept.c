// The same calls, and all is well: times that are over, tokens up to the highest number, a semaphore that nobody waits for.
// expect: none
#include <errno.h>
#include <limits.h>
#include <semaphore.h>

#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static sem_t full, waited;
static struct timespec over = { .tv_sec = 1, .tv_nsec = 999999999 };

static void *take(void *arg)
{
    for (int i = 0; i < 1000; i++)
        sem_wait(&waited);
    return arg;
}

int main(void)
{
    pthread_t t;

    MUST(sem_init(&full, 0, SEM_VALUE_MAX) == 0 && sem_trywait(&full) == 0 && sem_post(&full) == 0);
    MUST(sem_init(&waited, 0, 0) == 0 && sem_timedwait(&waited, &over) == -1 && errno == ETIMEDOUT);
    pthread_mutex_lock(&lock);
    MUST(pthread_cond_timedwait(&ready, &lock, &over) == ETIMEDOUT);
    pthread_mutex_unlock(&lock);
    t = race_start(take, NULL);
    for (int i = 0; i < 1000; i++)
        sem_post(&waited);
    pthread_join(t, NULL);
    sem_destroy(&waited);
    sem_destroy(&full);
    pthread_cond_destroy(&ready);
    return 0;
}
