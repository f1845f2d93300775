// Peterson's lock with sequentially consistent atomics guards a plain counter.
// expect: none
#include <stdatomic.h>
#include <sched.h>

#include "race.h"

static atomic_int wants[2], turn;
static long counter;

static void *worker(void *arg)
{
    int me = arg != NULL, other = !me;

    for (int i = 0; i < 1000; i++) {
        atomic_store(&wants[me], 1);
        atomic_store(&turn, other);
        while (atomic_load(&wants[other]) && atomic_load(&turn) == other)
            sched_yield();
        counter++;
        atomic_store(&wants[me], 0);
    }
    return arg;
}

int main(void)
{
    pthread_t a = race_start(worker, NULL), b = race_start(worker, &counter);

    MUST(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
    MUST(counter == 2000);
    return 0;
}
