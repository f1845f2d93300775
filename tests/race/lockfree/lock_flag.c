// A spin lock of atomic_flag.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>

#include "locks.h"

static atomic_flag taken = ATOMIC_FLAG_INIT;

static void lock(int self)
{
    (void)self;
    while (atomic_flag_test_and_set_explicit(&taken, memory_order_acquire))
        relax();
}

static void unlock(int self)
{
    (void)self;
    atomic_flag_clear_explicit(&taken, memory_order_release);
}
