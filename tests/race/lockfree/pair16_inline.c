// The same pair exchanged by CMPXCHG16B in the program itself.
// Racy: the pair is cleared by a plain store while it may be exchanged.
// seeded: bump,clear
// flags: -mcx16
#include "lockfree.h"

typedef unsigned __int128 pair;

static _Alignas(16) pair word;

NOINLINE static void bump(void)
{
    pair old = 0, seen;

    for (;; old = seen) {
        pair fresh = old + 1 + ((pair)1 << 64);

        seen = __sync_val_compare_and_swap(&word, old, fresh);
        if (seen == old)
            return;
    }
}

NOINLINE static unsigned long peek(void)
{
    pair seen = __sync_val_compare_and_swap(&word, 0, 0);

    return (unsigned long)(seen >> 64) - (unsigned long)seen;
}

NOINLINE void clear(void)
{
    word = 0;
}

static void *early(void *arg)
{
    for (int i = 0; i < 200; i++)
        bump();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    IF_RACY(clear();)
    MUST(peek() == 0);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
