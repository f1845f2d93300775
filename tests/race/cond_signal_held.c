// The thread that is woken destroys the condition and frees it; the signal was sent with the mutex held, so it is done with.
// expect: none
#include "race.h"

struct job {
    pthread_mutex_t lock;
    pthread_cond_t done_now;
    int done;
};

static void *work(void *arg)
{
    struct job *j = arg;

    pthread_mutex_lock(&j->lock);
    j->done = 1;
    pthread_cond_signal(&j->done_now);
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

static void *wait(void *arg)
{
    struct job *j = arg;

    pthread_mutex_lock(&j->lock);
    while (!j->done)
        pthread_cond_wait(&j->done_now, &j->lock);
    pthread_mutex_unlock(&j->lock);
    pthread_cond_destroy(&j->done_now);
    pthread_mutex_destroy(&j->lock);
    free(j);
    return NULL;
}

int main(void)
{
    for (int i = 0; i < 100; i++) {
        struct job *j = calloc(1, sizeof(*j));

        pthread_mutex_init(&j->lock, NULL);
        pthread_cond_init(&j->done_now, NULL);
        race_two(work, wait, j);
    }
    return 0;
}
