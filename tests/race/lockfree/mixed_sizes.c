// Four byte flags, each set by a byte store with release and read with acquire; and a word counter apart.
// Racy: all four are cleared at once by a plain store.
// seeded: set_flag,clear_all
#include <stdatomic.h>

#include "lockfree.h"

static union {
    atomic_uchar bytes[4];
    unsigned all;
} flags;
static long payload[4];

NOINLINE static void set_flag(int i)
{
    payload[i] = i + 1;
    atomic_fetch_or_explicit(&flags.bytes[i], 1, memory_order_release);
}

NOINLINE static long read_flag(int i)
{
    return atomic_load_explicit(&flags.bytes[i], memory_order_acquire) ? payload[i] : 0;
}

NOINLINE static void clear_all(void)
{
    unsigned none[2] = { 0, 0 };

    memcpy(&flags, none, sizeof flags);
}

static void *early(void *arg)
{
    for (int i = 0; i < 4; i++)
        set_flag(i);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    IF_RACY(clear_all();)
    for (int i = 0; i < 4; i++) {
        long seen = read_flag(i);

        UNLESS_RACY(MUST(seen == i + 1);)
        IF_RACY(MUST(seen >= 0);)
    }
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
