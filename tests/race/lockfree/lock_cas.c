// Test and test-and-set: waits by loads, takes by compare-and-swap, gives back by a release store.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>

#include "locks.h"

static atomic_int word;

static void lock(int self)
{
    int free = 0;

    (void)self;
    while (!atomic_compare_exchange_weak_explicit(&word, &free, 1, memory_order_acquire,
                                                  memory_order_relaxed)) {
        while (atomic_load_explicit(&word, memory_order_relaxed))
            relax();
        free = 0;
    }
}

static void unlock(int self)
{
    (void)self;
    atomic_store_explicit(&word, 0, memory_order_release);
}
