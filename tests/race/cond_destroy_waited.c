// A condition is destroyed while a thread waits on it, whom libc waits for.
// expect: mutex-misuse var=ready in=end
#include <unistd.h>

#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int waiting, go;

static void *work(void *arg)
{
    pthread_mutex_lock(&lock);
    waiting = 1;
    while (!go)
        pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    return arg;
}

NOINLINE static void *end(void *arg)
{
    pthread_cond_destroy(&ready);
    return arg;
}

static void *wake(void *arg)
{
    unseen_until(1);
    usleep(200000);
    pthread_mutex_lock(&lock);
    go = 1;
    pthread_cond_broadcast(&ready);
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    pthread_t first, second;
    int seen = 0;

    unseen_open();
    first = race_start(work, NULL);
    second = race_start(wake, NULL);
    while (!seen) {
        pthread_mutex_lock(&lock);
        seen = waiting;
        pthread_mutex_unlock(&lock);
    }
    unseen_step();
    end(NULL);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    return 0;
}
