// Peterson's lock of two threads, all accesses seq_cst: two flags and a turn.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>

#include "locks.h"

static atomic_int wants[2], turn;

static void lock(int self)
{
    int other = 1 - self;

    atomic_store(&wants[self], 1);
    atomic_store(&turn, other);
    while (atomic_load(&wants[other]) && atomic_load(&turn) == other)
        relax();
}

static void unlock(int self)
{
    atomic_store_explicit(&wants[self], 0, memory_order_release);
}
