// An _Atomic struct of 16 bytes, a pointer and a version, through libatomic; the pointer's target goes with it.
// Racy: the target is written after the pair was stored.
// seeded: publish_pair,use_pair
// libs: -latomic
#include <stdatomic.h>

#include "handover.h"

struct pair {
    long *target;
    long version;
};

static _Atomic struct pair pair;
static long target;

NOINLINE static void publish_pair(void)
{
    UNLESS_RACY(target = 5;)
    atomic_store(&pair, ((struct pair){ &target, 1 }));
    IF_RACY(target = 5;)
}

NOINLINE static long use_pair(void)
{
    struct pair p = atomic_load(&pair);

    return p.target ? *p.target : 0;
}

static void hand(void)
{
    publish_pair();
}

static void take(void)
{
    MUST(use_pair() == 5);
}
