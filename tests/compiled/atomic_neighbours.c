// Atomic and plain bytes side by side in one word.
// expect: none
#include <stdatomic.h>

#include "race.h"

static struct {
    _Atomic unsigned char flag;
    unsigned char mine, yours;
    _Atomic unsigned char other;
} s;

NOINLINE static void first(void)
{
    atomic_store_explicit(&s.flag, 1, memory_order_relaxed);
    s.mine = 1;
    atomic_fetch_add_explicit(&s.other, 1, memory_order_relaxed);
}

NOINLINE static void second(void)
{
    atomic_store_explicit(&s.flag, 2, memory_order_relaxed);
    s.yours = 1;
    atomic_fetch_add_explicit(&s.other, 1, memory_order_relaxed);
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
