// Lamport's bakery lock, all accesses seq_cst: no instruction but loads and stores.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>

#include "locks.h"

static atomic_int choosing[2];
static atomic_long number[2];

static void lock(int self)
{
    int other = 1 - self;
    long mine;

    atomic_store(&choosing[self], 1);
    mine = atomic_load(&number[other]) + 1;
    atomic_store(&number[self], mine);
    atomic_store(&choosing[self], 0);
    while (atomic_load(&choosing[other]))
        relax();
    for (;;) {
        long theirs = atomic_load(&number[other]);

        if (theirs == 0 || theirs > mine || (theirs == mine && other > self))
            return;
        relax();
    }
}

static void unlock(int self)
{
    atomic_store_explicit(&number[self], 0, memory_order_release);
}
