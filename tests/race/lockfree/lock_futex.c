// A mutex of one word and futex(2) (Drepper, "Futexes are tricky"), through syscall().
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "locks.h"

static atomic_int word; /* 0 free, 1 taken, 2 taken and waited for */

static void lock(int self)
{
    int seen = 0;

    (void)self;
    if (atomic_compare_exchange_strong_explicit(&word, &seen, 1, memory_order_acquire,
                                                memory_order_relaxed))
        return;
    if (seen != 2)
        seen = atomic_exchange_explicit(&word, 2, memory_order_acquire);
    while (seen) {
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
        seen = atomic_exchange_explicit(&word, 2, memory_order_acquire);
    }
}

static void unlock(int self)
{
    (void)self;
    if (atomic_exchange_explicit(&word, 0, memory_order_release) == 2)
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
