// A thread cancelled in pthread_cond_wait runs its cleanup handler, which lets the mutex go.
// expect: none
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static long cleaned, waiting;

static void clean(void *arg)
{
    cleaned++;
    pthread_mutex_unlock(arg);
}

static void *child(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(clean, &lock);
    waiting = 1;
    for (;;)
        pthread_cond_wait(&never, &lock);
    pthread_cleanup_pop(1);
    return arg;
}

static void *exits(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(clean, &lock);
    pthread_exit(arg);
    pthread_cleanup_pop(0);
    return NULL;
}

int main(void)
{
    void *result;
    pthread_t thread = race_start(child, NULL);
    int seen = 0;

    while (!seen) {
        unseen_nap(100);
        pthread_mutex_lock(&lock);
        seen = waiting != 0;
        pthread_mutex_unlock(&lock);
    }
    pthread_cancel(thread);
    MUST(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    MUST(cleaned == 1);
    pthread_join(race_start(exits, &lock), &result);
    MUST(result == &lock && cleaned == 2);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return 0;
}
