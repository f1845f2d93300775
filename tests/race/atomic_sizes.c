// Two counters of 4 bytes lie in one word of 8; one handler adds to a counter, the other one clears the word as a whole.
// expect: mixed-atomic var=counters in=count_hit,reset_all confidence=likely
// exit: 0
#include "race.h"

static union {
    uint32_t each[2];
    uint64_t all;
} counters;

NOINLINE static void count_hit(void)
{
    __atomic_fetch_add(&counters.each[1], 1, __ATOMIC_RELAXED);
}

NOINLINE static void reset_all(void)
{
    __atomic_exchange_n(&counters.all, 0, __ATOMIC_RELAXED);
}

static void *early(void *arg)
{
    count_hit();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    reset_all();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return counters.all ? 1 : 0;
}
