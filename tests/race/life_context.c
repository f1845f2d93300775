// A coroutine is begun by one thread and carried on by another, which waits for a semaphore.
// expect: none
#include "life_context.h"

#include <semaphore.h>

static sem_t begun;

static void *early(void *arg)
{
    begin();
    sem_post(&begun);
    return arg;
}

static void *late(void *arg)
{
    sem_wait(&begun);
    carry_on();
    return arg;
}

int main(void)
{
    sem_init(&begun, 0, 0);
    race_two(early, late, NULL);
    return 0;
}
