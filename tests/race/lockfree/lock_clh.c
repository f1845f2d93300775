// A queue lock (Craig, Landin and Hagersten): each waits on the word of the one before.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>

#include "locks.h"

static struct place {
    _Alignas(64) atomic_int taken;
} places[3];
static struct place *_Atomic tail = &places[2];
static struct place *mine[2] = { &places[0], &places[1] }, *before[2];

static void lock(int self)
{
    atomic_store_explicit(&mine[self]->taken, 1, memory_order_relaxed);
    before[self] = atomic_exchange_explicit(&tail, mine[self], memory_order_acq_rel);
    while (atomic_load_explicit(&before[self]->taken, memory_order_acquire))
        relax();
}

static void unlock(int self)
{
    struct place *place = mine[self];

    mine[self] = before[self];
    atomic_store_explicit(&place->taken, 0, memory_order_release);
}
