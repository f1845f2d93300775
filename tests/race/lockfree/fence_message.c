// A relaxed flag between a release fence and an acquire fence.
// Racy: the message is completed behind the flag.
// seeded: compose,read_message
#include <stdatomic.h>

#include "handover.h"

static atomic_int ready;
static long words[4];

NOINLINE static void compose(void)
{
    UNLESS_RACY(for (int i = 0; i < 4; i++) words[i] = i;)
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&ready, 1, memory_order_relaxed);
    IF_RACY(for (int i = 0; i < 4; i++) words[i] = i;)
}

NOINLINE static long read_message(void)
{
    return words[0] + words[1] + words[2] + words[3];
}

static void hand(void)
{
    compose();
}

static void take(void)
{
    while (!atomic_load_explicit(&ready, memory_order_relaxed))
        relax();
    atomic_thread_fence(memory_order_acquire);
    MUST(read_message() == 6);
}
