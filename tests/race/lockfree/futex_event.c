// A one-shot event: a word stored with release, futex(2) for those who sleep.
// Racy: the result is written after the event.
// seeded: finish,result_of
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "handover.h"

static atomic_int done;
static long result;

NOINLINE static void finish(void)
{
    UNLESS_RACY(result = 7;)
    atomic_store_explicit(&done, 1, memory_order_release);
    IF_RACY(result = 7;)
    syscall(SYS_futex, &done, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

NOINLINE static long result_of(void)
{
    while (!atomic_load_explicit(&done, memory_order_acquire))
        syscall(SYS_futex, &done, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return result;
}

static void hand(void)
{
    finish();
}

static void take(void)
{
    MUST(result_of() == 7);
}
