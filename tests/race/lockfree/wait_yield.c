// Results announced by a word; whoever wants one gives its time slices away until it is there.
// Racy: a result is written after it was announced.
// seeded: announce,await
// stripped: right
#include <sched.h>
#include <stdatomic.h>

#include "lockfree.h"

static atomic_int announced;
static long results[3];

NOINLINE static void announce(int i)
{
    UNLESS_RACY(results[i] = 5;)
    atomic_store_explicit(&announced, i, memory_order_release);
    IF_RACY(results[i] = 5;)
}

NOINLINE static long await(int i)
{
    while (atomic_load_explicit(&announced, memory_order_acquire) != i)
        sched_yield();
    return results[i];
}

static void *announcer(void *arg)
{
    announce(1);
    unseen_until(1);
    announce(2);
    return arg;
}

static void *waiter(void *arg)
{
    for (int i = 1; i <= 2; i++) {
        long result = await(i);

        UNLESS_RACY(MUST(result == 5);)
        IF_RACY(MUST(result >= 0);)
        unseen_step();
    }
    return arg;
}

int main(void)
{
    race_two(announcer, waiter, NULL);
    return 0;
}
