// The same thread's relaxed store goes on with it (C11, and C++ up to 17).
// expect: none
#include "sequence.h"

NOINLINE static void publish(void)
{
    limit = 100;
    atomic_store_explicit(&ready, 1, memory_order_release);
    atomic_store_explicit(&ready, 2, memory_order_relaxed);
}

NOINLINE static void between(void)
{
    MUST(atomic_load_explicit(&ready, memory_order_relaxed) == 2);
}

int main(void)
{
    return sequence_run();
}
