// Two threads write different bytes, and different shorts, of one word.
// expect: none
#include "race.h"

static struct {
    uint8_t first, second;
    uint16_t third;
} flags;

NOINLINE static void set_first(void)
{
    flags.first++;
}

NOINLINE static void set_others(void)
{
    flags.second++;
    flags.third++;
}

static void *early(void *arg)
{
    for (int i = 0; i < 100; i++)
        set_first();
    unseen_step();
    unseen_until(2);
    set_first();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < 100; i++)
        set_others();
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return flags.first == 101 && flags.third == 100 ? 0 : 1;
}
