// main writes after it created the thread, which reads.
// expect: data-race var=limit in=configure,child location=global
#include "race.h"

static long limit;

NOINLINE static void *child(void *arg)
{
    unseen_until(1);
    MUST(limit == 9);
    return arg;
}

NOINLINE static void configure(void)
{
    limit = 9;
}

int main(void)
{
    unseen_open();
    pthread_t thread = race_start(child, NULL);
    configure();
    unseen_step();
    pthread_join(thread, NULL);
    return 0;
}
