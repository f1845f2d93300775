// Each thread gets the address of a number of its own.
// expect: none
#include "race.h"

static int seen[4];

NOINLINE static void *worker(void *arg)
{
    int number = *(int *)arg;

    __atomic_fetch_add(&seen[number], 1, __ATOMIC_RELAXED);
    return NULL;
}

NOINLINE static void start_all(void)
{
    pthread_t threads[4];
    int numbers[4];

    for (int i = 0; i < 4; i++) {
        numbers[i] = i;
        threads[i] = race_start(worker, &numbers[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    start_all();
    return seen[3] == 1 ? 0 : 1;
}
