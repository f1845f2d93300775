// A queue lock (Mellor-Crummey and Scott): each waits on a word of its own.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <stdatomic.h>
#include <stdbool.h>

#include "locks.h"

static struct waiter {
    struct waiter *_Atomic next;
    atomic_bool waits;
} waiters[2];
static struct waiter *_Atomic tail;

static void lock(int self)
{
    struct waiter *me = &waiters[self], *before;

    atomic_store_explicit(&me->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&me->waits, true, memory_order_relaxed);
    before = atomic_exchange_explicit(&tail, me, memory_order_acq_rel);
    if (!before)
        return;
    atomic_store_explicit(&before->next, me, memory_order_release);
    while (atomic_load_explicit(&me->waits, memory_order_acquire))
        relax();
}

static void unlock(int self)
{
    struct waiter *me = &waiters[self], *only = me, *next;

    next = atomic_load_explicit(&me->next, memory_order_acquire);
    if (!next) {
        if (atomic_compare_exchange_strong_explicit(&tail, &only, NULL, memory_order_release,
                                                    memory_order_relaxed))
            return;
        while (!(next = atomic_load_explicit(&me->next, memory_order_acquire)))
            relax();
    }
    atomic_store_explicit(&next->waits, false, memory_order_release);
}
