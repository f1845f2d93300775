// Another thread's release store begins a sequence of its own, and has not acquired.
// expect: data-race var=limit in=publish,lookup confidence=certain
#include "sequence.h"

NOINLINE static void publish(void)
{
    limit = 100;
    atomic_store_explicit(&ready, 1, memory_order_release);
}

NOINLINE static void between(void)
{
    atomic_store_explicit(&ready, 2, memory_order_release);
}

int main(void)
{
    return sequence_run();
}
