// A relaxed read-modify-write of another thread goes on with the release sequence.
// expect: none
#include "sequence.h"

NOINLINE static void publish(void)
{
    limit = 100;
    atomic_store_explicit(&ready, 1, memory_order_release);
}

NOINLINE static void between(void)
{
    atomic_fetch_add_explicit(&ready, 1, memory_order_relaxed);
}

int main(void)
{
    return sequence_run();
}
