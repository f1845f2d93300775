// Dekker's lock with relaxed accesses and fences between them, as before C11 had orders.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>

#include "locks.h"

static atomic_int wants[2], turn;

#define LOAD(x) atomic_load_explicit(&(x), memory_order_relaxed)
#define STORE(x, v) atomic_store_explicit(&(x), v, memory_order_relaxed)

static void lock(int self)
{
    int other = 1 - self;

    STORE(wants[self], 1);
    atomic_thread_fence(memory_order_seq_cst);
    while (LOAD(wants[other])) {
        if (LOAD(turn) == self)
            continue;
        STORE(wants[self], 0);
        while (LOAD(turn) != self)
            relax();
        STORE(wants[self], 1);
        atomic_thread_fence(memory_order_seq_cst);
    }
    atomic_thread_fence(memory_order_acquire);
}

static void unlock(int self)
{
    atomic_thread_fence(memory_order_release);
    STORE(turn, 1 - self);
    STORE(wants[self], 0);
}
