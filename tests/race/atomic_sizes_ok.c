// The word is cleared as a whole before the threads start and when they have ended, and looked at as a whole meanwhile.
// expect: none
#include "race.h"

static union {
    uint32_t each[2];
    uint64_t all;
} counters;

NOINLINE static void count_hit(int which)
{
    __atomic_fetch_add(&counters.each[which], 1, __ATOMIC_RELAXED);
}

NOINLINE static uint64_t look(void)
{
    return __atomic_load_n(&counters.all, __ATOMIC_RELAXED);
}

static void *early(void *arg)
{
    count_hit(0);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    count_hit(1);
    return look() ? arg : NULL;
}

int main(void)
{
    __atomic_exchange_n(&counters.all, 0, __ATOMIC_RELAXED);
    race_two(early, late, NULL);
    return __atomic_exchange_n(&counters.all, 0, __ATOMIC_RELAXED) == 0x100000001 ? 0 : 1;
}
