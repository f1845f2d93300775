// A thread unlocks a mutex that another one holds.
// expect: mutex-misuse in=let_go
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void let_go(void)
{
    pthread_mutex_unlock(&lock);
}

static void *early(void *arg)
{
    pthread_mutex_lock(&lock);
    unseen_step();
    unseen_until(2);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    let_go();
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
