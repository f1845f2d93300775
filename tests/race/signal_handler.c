// A handler runs on the thread that it interrupts and counts there; main reads after the join.
// expect: none
#include "race.h"

#include <signal.h>

static volatile sig_atomic_t ticks;

static void on_signal(int number)
{
    (void)number;
    ticks = ticks + 1;
}

static void *work(void *arg)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 50; i++)
        pthread_kill(pthread_self(), SIGUSR1);
    return arg;
}

int main(void)
{
    pthread_join(race_start(work, NULL), NULL);
    raise(SIGUSR1);
    return ticks == 51 ? 0 : 1;
}
