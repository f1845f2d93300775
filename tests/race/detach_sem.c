// A detached thread says by a semaphore that it is done.
// expect: none
#include "race.h"

#include <semaphore.h>

static sem_t done;
static long result;

static void *child(void *arg)
{
    result = 5;
    sem_post(&done);
    return arg;
}

int main(void)
{
    pthread_attr_t detached;
    pthread_t thread;

    sem_init(&done, 0, 0);
    pthread_detach(race_start(child, NULL));
    sem_wait(&done);
    MUST(result == 5);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    MUST(pthread_create(&thread, &detached, child, NULL) == 0);
    pthread_attr_destroy(&detached);
    sem_wait(&done);
    MUST(result == 5);
    return 0;
}
