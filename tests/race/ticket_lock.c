// A ticket lock: a lock-prefixed add takes the ticket, plain mov instructions read and move the turn.
// expect: none
#include <stdatomic.h>

#include "race.h"

static atomic_uint next_ticket, turn;
/* Not static: gcc would keep it in a register across the lock calls, seeing only atomics in them. */
long total;

NOINLINE static void ticket_lock(void)
{
    unsigned mine = atomic_fetch_add(&next_ticket, 1);

    while (atomic_load_explicit(&turn, memory_order_acquire) != mine)
        unseen_nap(10);
}

NOINLINE static void ticket_unlock(void)
{
    unsigned now = atomic_load_explicit(&turn, memory_order_relaxed);

    atomic_store_explicit(&turn, now + 1, memory_order_release);
}

static void *work(void *arg)
{
    for (int i = 0; i < 300; i++) {
        ticket_lock();
        total++;
        ticket_unlock();
    }
    return arg;
}

int main(void)
{
    race_two(work, work, NULL);
    return total == 600 ? 0 : 1;
}
