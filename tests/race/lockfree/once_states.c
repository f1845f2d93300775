// A hand-made once: 0 untouched, 1 at work, 2 done; the others spin.
// Racy: the value is written after the state says that it is done.
// seeded: initialise,value_of
#include <stdatomic.h>

#include "lockfree.h"

static atomic_int state;
static long value;

NOINLINE static void initialise(void)
{
    UNLESS_RACY(value = 42;)
    atomic_store_explicit(&state, 2, memory_order_release);
    IF_RACY(value = 42;)
}

NOINLINE static long value_of(void)
{
    int untouched = 0;

    if (atomic_load_explicit(&state, memory_order_acquire) != 2) {
        if (atomic_compare_exchange_strong(&state, &untouched, 1))
            initialise();
        while (atomic_load_explicit(&state, memory_order_acquire) != 2)
            relax();
    }
    return value;
}

static void *early(void *arg)
{
    MUST(value_of() == 42);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(value_of() == 42);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
