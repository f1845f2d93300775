// Atomic and plain bytes side by side in one word, and a library that is not compiled so in the process.
// with: beside_unmodified-lib.c
// expect: none
#include <stdatomic.h>

#include "race.h"

int library_is_open(void);

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
    s.yours = 1;
    atomic_store_explicit(&s.flag, 2, memory_order_relaxed);
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
    MUST(!library_is_open());
    race_two(early, late, NULL);
    return 0;
}
