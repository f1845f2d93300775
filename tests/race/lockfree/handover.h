/* What programs share in which one thread hands something over and the other one takes it, in this order. */
#ifndef RACE_LOCKFREE_HANDOVER_H
#define RACE_LOCKFREE_HANDOVER_H

#include "lockfree.h"

static void hand(void);
static void take(void);

static void *handing(void *arg)
{
    hand();
    unseen_step();
    return arg;
}

static void *taking(void *arg)
{
    unseen_until(1);
    take();
    return arg;
}

int main(void)
{
    race_two(handing, taking, NULL);
    return 0;
}

#endif
