// A ticket lock: fetch_add draws a number, whoever unlocks calls the next one by a plain release store.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
// stripped: right
#include <stdatomic.h>

#include "locks.h"

static atomic_uint next, served;

static void lock(int self)
{
    unsigned mine = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);

    (void)self;
    while (atomic_load_explicit(&served, memory_order_acquire) != mine)
        relax();
}

static void unlock(int self)
{
    (void)self;
    atomic_store_explicit(&served, atomic_load_explicit(&served, memory_order_relaxed) + 1,
                          memory_order_release);
}
