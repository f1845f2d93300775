// Locks and a barrier are made anew in each round, and used by a thread that was told so.
// expect: none
#include "object_made.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void wait_for(int whose)
{
    pthread_mutex_lock(&lock);
    while (turn != whose)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void hand_to(int whose)
{
    pthread_mutex_lock(&lock);
    turn = whose;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&changed);
}

static void *maker(void *arg)
{
    for (int i = 0; i < 200; i++) {
        wait_for(0);
        make();
        hand_to(1);
    }
    return arg;
}

static void *user(void *arg)
{
    for (int i = 0; i < 200; i++) {
        wait_for(1);
        use();
        pthread_mutex_destroy(&made.mutex);
        pthread_rwlock_destroy(&made.rwlock);
        pthread_barrier_destroy(&made.barrier);
        hand_to(0);
    }
    return arg;
}

int main(void)
{
    race_two(maker, user, NULL);
    return 0;
}
