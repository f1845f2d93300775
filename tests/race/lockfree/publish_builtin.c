// A plain int is a flag by way of __atomic_store_n and __atomic_load_n.
// Racy: the flag is stored plainly, and the payload with it is unordered.
// seeded: publish,lookup
#include "lockfree.h"

static int ready;
static long table[8];

NOINLINE static void publish(void)
{
    for (int i = 0; i < 8; i++)
        table[i] = i * 2;
    UNLESS_RACY(__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);)
    IF_RACY(ready = 1;)
}

NOINLINE static long lookup(void)
{
    return __atomic_load_n(&ready, __ATOMIC_ACQUIRE) ? table[7] : -1;
}

static void *early(void *arg)
{
    publish();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(lookup() == 14);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
