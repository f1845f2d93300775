// The loop variable's address is given to every thread, while the loop goes on counting.
// expect: data-race in=worker,start_all location=stack
#include "race.h"

static int seen[4];

NOINLINE static void *worker(void *arg)
{
    int number = *(int *)arg;

    if (number >= 0 && number < 4)
        __atomic_fetch_add(&seen[number], 1, __ATOMIC_RELAXED);
    return NULL;
}

NOINLINE static void start_all(void)
{
    pthread_t threads[4];
    int i;

    for (i = 0; i < 4; i++)
        threads[i] = race_start(worker, &i);
    for (int n = 0; n < 4; n++)
        pthread_join(threads[n], NULL);
}

int main(void)
{
    start_all();
    return 0;
}
