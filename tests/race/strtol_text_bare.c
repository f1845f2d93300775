// A number is overwritten while another thread reads it, without a lock.
// expect: data-race in=first,second var=text
#include "race.h"

static char text[16] = "12345";
static volatile long value;

NOINLINE static void first(void)
{
    memcpy(text, "54321", 5);
}

NOINLINE static void second(void)
{
    value = strtol(text, NULL, 10);
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
