// Slots of an array, claimed by a bit of a word with fetch_or and given back with fetch_and.
// Racy: the slot is given back before it was written.
// seeded: use_slot,use_slot
#include <stdatomic.h>

#include "lockfree.h"

enum { SLOTS = 2, ROUNDS = 500 };

static atomic_ulong taken;
long slots[SLOTS];

static int claim(void)
{
    for (;;)
        for (int i = 0; i < SLOTS; i++)
            if (!(atomic_fetch_or_explicit(&taken, 1ul << i, memory_order_acquire) >> i & 1))
                return i;
}

NOINLINE static void use_slot(void)
{
    int i = claim();

    UNLESS_RACY(slots[i]++;)
    atomic_fetch_and_explicit(&taken, ~(1ul << i), memory_order_release);
    IF_RACY(slots[i]++;)
}

static void *early(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        use_slot();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < ROUNDS; i++)
        use_slot();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    UNLESS_RACY(MUST(slots[0] + slots[1] == 2 * ROUNDS);)
    return 0;
}
