// Conditions are destroyed as soon as all who waited are woken, some of them late, some after the end of their time.
// expect: none
#include <errno.h>
#include <time.h>

#include "race.h"

#define ROUNDS 200
#define WAITERS 3

struct round {
    pthread_mutex_t lock;
    pthread_cond_t go, all;
    int waiting, open, left;
};

static struct timespec soon(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 200000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void *wait(void *arg)
{
    struct round *r = arg;
    struct timespec until;

    pthread_mutex_lock(&r->lock);
    if (++r->waiting == WAITERS)
        pthread_cond_signal(&r->all);
    while (!r->open) {
        until = soon();
        if (r->waiting % 2)
            pthread_cond_timedwait(&r->go, &r->lock, &until);
        else
            pthread_cond_wait(&r->go, &r->lock);
    }
    r->left++;
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static void play(struct round *r, int i)
{
    pthread_t t[WAITERS];

    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->go, NULL);
    pthread_cond_init(&r->all, NULL);
    for (int n = 0; n < WAITERS; n++)
        t[n] = race_start(wait, r);
    pthread_mutex_lock(&r->lock);
    while (r->waiting < WAITERS)
        pthread_cond_wait(&r->all, &r->lock);
    r->open = 1;
    for (int n = 0; i % 2 && n < WAITERS; n++)
        pthread_cond_signal(&r->go);
    pthread_cond_broadcast(&r->go);
    pthread_mutex_unlock(&r->lock);
    pthread_cond_destroy(&r->go);
    pthread_cond_destroy(&r->all);
    for (int n = 0; n < WAITERS; n++)
        pthread_join(t[n], NULL);
    pthread_mutex_destroy(&r->lock);
}

int main(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct round *r = calloc(1, sizeof(*r));

        play(r, i);
        free(r);
    }
    return 0;
}
