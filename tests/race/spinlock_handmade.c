// A spin lock made of __atomic_exchange_n and __sync_lock_release, whose store is a plain mov.
// expect: none
#include "race.h"

static int locked;
/* Not static: gcc would keep it in a register across the lock calls, seeing only atomics in them. */
long total;

NOINLINE static void spin_lock(int *word)
{
    while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE))
        unseen_nap(10);
}

NOINLINE static void spin_unlock(int *word)
{
    __sync_lock_release(word);
}

static void *work(void *arg)
{
    for (int i = 0; i < 500; i++) {
        spin_lock(&locked);
        total++;
        spin_unlock(&locked);
    }
    return arg;
}

int main(void)
{
    race_two(work, work, NULL);
    return total == 1000 ? 0 : 1;
}
