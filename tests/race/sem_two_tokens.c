// A semaphore of value 2 lets both threads in at once: it counts, it does not exclude.
// expect: data-race var=total in=add,add location=global
#include "race.h"

#include <semaphore.h>

static sem_t gate;
static long total;

NOINLINE static void add(void)
{
    total++;
}

static void *early(void *arg)
{
    sem_wait(&gate);
    unseen_step();
    unseen_until(2);
    add();
    unseen_step();
    sem_post(&gate);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    sem_wait(&gate);
    unseen_step();
    unseen_until(3);
    add();
    sem_post(&gate);
    return arg;
}

int main(void)
{
    sem_init(&gate, 0, 2);
    race_two(early, late, NULL);
    sem_destroy(&gate);
    return total == 2 ? 0 : 1;
}
