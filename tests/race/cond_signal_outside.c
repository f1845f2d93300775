// Signals sent after the mutex was let go, ping-pong between two threads.
// expect: none
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[2] = { PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER };
static int turn;
static long ball;

static void play(int me)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        while (turn != me)
            pthread_cond_wait(&changed[me], &lock);
        pthread_mutex_unlock(&lock);
        ball++;
        pthread_mutex_lock(&lock);
        turn = !me;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&changed[!me]);
    }
}

static void *ping(void *arg)
{
    play(0);
    return arg;
}

static void *pong(void *arg)
{
    play(1);
    return arg;
}

int main(void)
{
    race_two(ping, pong, NULL);
    return ball == 200 ? 0 : 1;
}
