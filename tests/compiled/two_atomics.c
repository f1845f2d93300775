// A release into one atomic is none into its neighbour in the same 8 bytes.
// expect: data-race var=limit in=first,second confidence=certain
#include <stdatomic.h>

#include "race.h"

static struct {
    _Alignas(8) atomic_int a;
    atomic_int b;
} s;
static long limit;

NOINLINE static void first(void)
{
    limit = 1;
    atomic_store_explicit(&s.b, 1, memory_order_relaxed);
    atomic_store_explicit(&s.a, 1, memory_order_release);
}

NOINLINE static void second(void)
{
    MUST(atomic_load_explicit(&s.b, memory_order_acquire) == 1);
    MUST(limit == 1);
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
