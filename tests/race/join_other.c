// main joins one of two threads and reads what the other one writes.
// expect: data-race var=result in=produce,collect location=global
#include "race.h"

static long result;

NOINLINE static void *produce(void *arg)
{
    result = 5;
    unseen_step();
    return arg;
}

static void *idle(void *arg)
{
    unseen_until(1);
    return arg;
}

NOINLINE static long collect(void)
{
    return result;
}

int main(void)
{
    unseen_open();
    pthread_t producer = race_start(produce, NULL);
    pthread_t other = race_start(idle, NULL);
    pthread_join(other, NULL);
    MUST(collect() == 5);
    pthread_join(producer, NULL);
    return 0;
}
