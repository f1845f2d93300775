// A reader announces the block that it uses; the writer reuses a block only when nobody announces it.
// Racy: it does not look.
// seeded: renew,read_block
#include <stdatomic.h>

#include "lockfree.h"

struct block {
    long value;
};

static struct block blocks[2];
static struct block *_Atomic current = &blocks[0];
static struct block *_Atomic hazard;

NOINLINE static long read_block(void)
{
    struct block *b;
    long value;

    do {
        b = atomic_load(&current);
        atomic_store(&hazard, b);
    } while (b != atomic_load(&current));
    value = b->value;
    return value;
}

static void done(void)
{
    atomic_store_explicit(&hazard, NULL, memory_order_release);
}

NOINLINE static void renew(long value)
{
    struct block *old = atomic_load(&current), *next = old == &blocks[0] ? &blocks[1] : &blocks[0];

    UNLESS_RACY(while (atomic_load(&hazard) == next) relax();)
    next->value = value;
    atomic_store(&current, next);
}

static void *reader(void *arg)
{
    MUST(read_block() == 1);
    unseen_step();
    unseen_nap(3000);
    done();
    for (int i = 0; i < 500; i++) {
        MUST(read_block() > 0);
        done();
    }
    return arg;
}

static void *writer(void *arg)
{
    unseen_until(1);
    for (long i = 0; i < 500; i++)
        renew(i + 2);
    return arg;
}

int main(void)
{
    blocks[0].value = 1;
    race_two(reader, writer, NULL);
    return 0;
}
