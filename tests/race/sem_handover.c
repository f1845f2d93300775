// Two semaphores hand a slot to and fro: sem_wait, sem_trywait, sem_timedwait, sem_post.
// expect: none
#include "race.h"

#include <semaphore.h>
#include <time.h>

static sem_t full, empty;
static long slot, total;

static void *produce(void *arg)
{
    for (long i = 1; i <= 300; i++) {
        sem_wait(&empty);
        slot = i;
        sem_post(&full);
    }
    return arg;
}

static void take(int way)
{
    struct timespec limit;

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 50;
    if (way == 0)
        sem_wait(&full);
    else if (way == 1)
        MUST(sem_timedwait(&full, &limit) == 0);
    else
        while (sem_trywait(&full))
            unseen_nap(10);
}

static void *consume(void *arg)
{
    for (int i = 0; i < 300; i++) {
        take(i % 3);
        total += slot;
        sem_post(&empty);
    }
    return arg;
}

int main(void)
{
    sem_init(&full, 0, 0);
    sem_init(&empty, 0, 1);
    race_two(produce, consume, NULL);
    sem_destroy(&full);
    sem_destroy(&empty);
    return total == 300 * 301 / 2 ? 0 : 1;
}
