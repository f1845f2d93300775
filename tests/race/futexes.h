/* Locks made by hand on futex(2), called as programs do: by syscall(2). See handover.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "handover.h"

static _Atomic uint32_t flag, bare, several[2], lock;
static long guarded;

static long futex(_Atomic uint32_t *word, int op, uint32_t value)
{
    return syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

static void raise_flag(_Atomic uint32_t *word)
{
    atomic_exchange(word, 1);
    futex(word, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

static void wait_flag(_Atomic uint32_t *word)
{
    while (!atomic_load_explicit(word, memory_order_acquire))
        futex(word, FUTEX_WAIT_PRIVATE, 0);
}

/* The wake itself is the sign: the word never changes. */
static void wake_bare(void)
{
    while (futex(&bare, FUTEX_WAKE_PRIVATE, 1) != 1)
        unseen_nap(100);
}

static void wait_bare(void)
{
    while (futex(&bare, FUTEX_WAIT_PRIVATE, 0) != 0)
        MUST(errno == EINTR);
}

static void wait_several(void)
{
    struct futex_waitv waits[2] = { { 0, (uintptr_t)&several[0], FUTEX_32 | FUTEX_PRIVATE_FLAG, 0 },
                                    { 0, (uintptr_t)&several[1], FUTEX_32 | FUTEX_PRIVATE_FLAG,
                                      0 } };

    while (!several[1])
        if (syscall(SYS_futex_waitv, waits, 2, 0, NULL, 0) == -1 && errno == ENOSYS)
            unseen_nap(100);
}

/* Drepper, "Futexes are tricky", mutex2. */
static void take_lock(void)
{
    uint32_t c = 0;

    if (atomic_compare_exchange_strong(&lock, &c, 1))
        return;
    if (c != 2)
        c = atomic_exchange(&lock, 2);
    while (c != 0) {
        futex(&lock, FUTEX_WAIT_PRIVATE, 2);
        c = atomic_exchange(&lock, 2);
    }
}

static void give_lock(void)
{
    if (atomic_fetch_sub(&lock, 1) != 1) {
        atomic_store(&lock, 0);
        futex(&lock, FUTEX_WAKE_PRIVATE, 1);
    }
}

static void *count(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        take_lock();
        guarded++;
        give_lock();
    }
    return arg;
}

HANDOVER(flag, raise_flag(&flag), wait_flag(&flag))
HANDOVER(bare, wake_bare(), wait_bare())
HANDOVER(several, raise_flag(&several[1]), wait_several())

int main(void)
{
    pthread_t threads[3];

    unseen_open();
    RUN(flag);
    RUN(bare);
    RUN(several);
    for (int i = 0; i < 3; i++)
        threads[i] = race_start(count, NULL);
    for (int i = 0; i < 3; i++)
        MUST(pthread_join(threads[i], NULL) == 0);
    return guarded == 6000 ? 0 : 1;
}
