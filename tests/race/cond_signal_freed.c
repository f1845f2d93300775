// The thread that is woken frees the condition, at which the one that signals may still be at work.
// expect: heap-use-after-free in=tell,end location=heap
#include "race.h"

struct job {
    pthread_mutex_t lock;
    pthread_cond_t done_now;
    int done;
};

NOINLINE static void tell(struct job *j)
{
    pthread_cond_signal(&j->done_now);
}

NOINLINE static void end(struct job *j)
{
    free(j);
}

static void *work(void *arg)
{
    struct job *j = arg;

    pthread_mutex_lock(&j->lock);
    j->done = 1;
    pthread_mutex_unlock(&j->lock);
    tell(j);
    unseen_step();
    return NULL;
}

static void *wait(void *arg)
{
    struct job *j = arg;

    pthread_mutex_lock(&j->lock);
    while (!j->done)
        pthread_cond_wait(&j->done_now, &j->lock);
    pthread_mutex_unlock(&j->lock);
    unseen_until(1);
    end(j);
    return NULL;
}

int main(void)
{
    struct job *j = calloc(1, sizeof(*j));

    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->done_now, NULL);
    race_two(work, wait, j);
    return 0;
}
