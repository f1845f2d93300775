/*
 * base/lock.c - the futex lock of base/lock.h (Drepper, "Futexes Are Tricky", mutex 2).
 *
 *   0 free    1 held, nobody waits    2 held, somebody may wait
 *
 * Spins a little first: our critical sections are a few instructions long. Needs no memory, no TLS.
 */
#include "base/lock.h"

#include "base/sys.h"

enum { FREE, HELD, WAITED, SPINS = 64 };

bool base_lock_try(struct base_lock *lock)
{
    uint32_t expected = FREE;

    /* Acquire: partner is the release exchange in base_lock_release(). */
    return __atomic_compare_exchange_n(&lock->word, &expected, HELD, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

void base_lock_acquire(struct base_lock *lock)
{
    for (int i = 0; i < SPINS; i++) {
        if (base_lock_try(lock))
            return;
        __builtin_ia32_pause();
    }
    /* Whoever comes this way takes the lock as WAITED: it cannot know that it was the last waiter. */
    while (__atomic_exchange_n(&lock->word, WAITED, __ATOMIC_ACQUIRE) != FREE)
        base_sys_futex_wait(&lock->word, WAITED);
}

void base_lock_release(struct base_lock *lock)
{
    if (__atomic_exchange_n(&lock->word, FREE, __ATOMIC_RELEASE) == WAITED)
        base_sys_futex_wake(&lock->word, 1);
}
