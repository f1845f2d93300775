// A SIGEV_THREAD timer: its callback runs on threads that libc makes without calling pthread_create
// from outside.
// expect: none
#include "race.h"

#include <signal.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long ticks;

static void on_tick(union sigval value)
{
    long own = value.sival_int;

    pthread_mutex_lock(&lock);
    ticks += own;
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_tick };
    struct itimerspec spec = { .it_value = { 0, 1000000 }, .it_interval = { 0, 1000000 } };
    timer_t timer;
    long seen = 0;

    event.sigev_value.sival_int = 1;
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    MUST(timer_settime(timer, 0, &spec, NULL) == 0);
    while (seen < 5) {
        unseen_nap(1000);
        pthread_mutex_lock(&lock);
        seen = ticks;
        pthread_mutex_unlock(&lock);
    }
    timer_delete(timer);
    return 0;
}
