// A spin lock is given back by a thread that does not hold it, and destroyed while it is held.
// expect: mutex-misuse in=let_go,hold
// expect: mutex-misuse in=tear_down
#include "race.h"

static pthread_spinlock_t lock, gone;

NOINLINE static void hold(void)
{
    pthread_spin_lock(&lock);
    pthread_spin_lock(&gone);
}

NOINLINE static void let_go(void)
{
    pthread_spin_unlock(&lock);
}

NOINLINE static void tear_down(void)
{
    pthread_spin_destroy(&gone);
}

static void *early(void *arg)
{
    hold();
    unseen_step();
    unseen_until(2);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    let_go();
    tear_down();
    unseen_step();
    return arg;
}

int main(void)
{
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&gone, PTHREAD_PROCESS_PRIVATE);
    race_two(early, late, NULL);
    return 0;
}
