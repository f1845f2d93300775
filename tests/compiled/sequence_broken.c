// A relaxed store of another thread ends the release sequence.
// expect: data-race var=limit in=publish,lookup confidence=certain
#include "sequence.h"

NOINLINE static void publish(void)
{
    limit = 100;
    atomic_store_explicit(&ready, 1, memory_order_release);
}

NOINLINE static void between(void)
{
    atomic_store_explicit(&ready, 2, memory_order_relaxed);
}

int main(void)
{
    return sequence_run();
}
