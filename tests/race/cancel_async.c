// A thread that computes is cancelled asynchronously.
// expect: none
#include "race.h"

static void *compute(void *arg)
{
    volatile unsigned long own = 0;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    unseen_step();
    for (;;)
        own++;
    return arg;
}

int main(void)
{
    void *result;

    unseen_open();
    pthread_t thread = race_start(compute, NULL);
    unseen_until(1);
    unseen_nap(1000);
    pthread_cancel(thread);
    MUST(pthread_join(thread, &result) == 0);
    return result == PTHREAD_CANCELED ? 0 : 1;
}
