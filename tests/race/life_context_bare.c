// A coroutine is begun by one thread and carried on by another, with nothing between them.
// expect: data-race in=first,second
// allow: data-race
#include "life_context.h"

static void *early(void *arg)
{
    begin();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    carry_on();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
