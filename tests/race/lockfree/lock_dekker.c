// Dekker's lock of two threads, all accesses seq_cst.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>

#include "locks.h"

static atomic_int wants[2], turn;

static void lock(int self)
{
    int other = 1 - self;

    atomic_store(&wants[self], 1);
    while (atomic_load(&wants[other])) {
        if (atomic_load(&turn) == self)
            continue;
        atomic_store(&wants[self], 0);
        while (atomic_load(&turn) != self)
            relax();
        atomic_store(&wants[self], 1);
    }
}

static void unlock(int self)
{
    atomic_store(&turn, 1 - self);
    atomic_store(&wants[self], 0);
}
