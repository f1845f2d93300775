// Plain bytes beside an atomic one race like all others.
// expect: data-race in=first,second confidence=certain
#include <stdatomic.h>

#include "race.h"

static struct {
    _Atomic unsigned char flag;
    unsigned char ours;
} s;

NOINLINE static void first(void)
{
    atomic_store_explicit(&s.flag, 1, memory_order_relaxed);
    s.ours = 1;
}

NOINLINE static void second(void)
{
    atomic_store_explicit(&s.flag, 2, memory_order_relaxed);
    MUST(s.ours == 1);
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
