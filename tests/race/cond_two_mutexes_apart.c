// One condition, two mutexes, but nobody waits with the one while somebody still waits with the other: those who did were
// signalled, all at once or one by one, though they have not left yet, or have given up.
// expect: none
#include "race.h"

#include <time.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int round_now;

static void *waiter(void *arg)
{
    pthread_mutex_lock(&first);
    for (int round = 1; round <= 4; round++) {
        unseen_step();
        while (round_now < round)
            pthread_cond_wait(&cond, &first);
    }
    pthread_mutex_unlock(&first);
    return arg;
}

int main(void)
{
    const struct timespec past = { 0, 0 };
    pthread_t a, b;

    unseen_open();
    a = race_start(waiter, NULL);
    b = race_start(waiter, NULL);
    for (int round = 1; round <= 4; round++) {
        unseen_until(2 * round);
        pthread_mutex_lock(
            &first); /* so they are waiting, and cannot leave before it is given back */
        round_now = round;
        if (round % 2) {
            pthread_cond_broadcast(&cond);
        } else {
            pthread_cond_signal(&cond);
            pthread_cond_signal(&cond);
        }
        pthread_mutex_lock(&second);
        pthread_cond_timedwait(&cond, &second, &past);
        pthread_mutex_unlock(&second);
        pthread_mutex_unlock(&first);
    }
    MUST(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
    pthread_mutex_lock(&second);
    pthread_cond_timedwait(&cond, &second, &past);
    pthread_mutex_unlock(&second);
    return 0;
}
