// A free list of indexes with a tag beside the index in one 64-bit word, so that a reused one is noticed.
// Racy: a block is used after it was put back.
// seeded: use_block,use_block
#include <stdatomic.h>

#include "lockfree.h"

enum { BLOCKS = 4, ROUNDS = 500 };

static struct block {
    atomic_uint next;
    long uses;
} blocks[BLOCKS + 1];
static atomic_ulong top;

static unsigned pop(void)
{
    unsigned long old = atomic_load_explicit(&top, memory_order_acquire), fresh;

    do {
        unsigned first = (unsigned)old;

        if (!first)
            return 0;
        fresh = ((old >> 32) + 1) << 32 |
                atomic_load_explicit(&blocks[first].next, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(&top, &old, fresh, memory_order_acq_rel,
                                                    memory_order_acquire));
    return (unsigned)old;
}

static void push(unsigned block)
{
    unsigned long old = atomic_load_explicit(&top, memory_order_relaxed), fresh;

    do {
        atomic_store_explicit(&blocks[block].next, (unsigned)old, memory_order_relaxed);
        fresh = ((old >> 32) + 1) << 32 | block;
    } while (!atomic_compare_exchange_weak_explicit(&top, &old, fresh, memory_order_release,
                                                    memory_order_relaxed));
}

NOINLINE static void use_block(void)
{
    unsigned b;

    while (!(b = pop()))
        relax();
    UNLESS_RACY(blocks[b].uses++;)
    push(b);
    IF_RACY(blocks[b].uses++;)
}

static void *early(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        use_block();
    unseen_step();
    unseen_until(2); /* its next pop would order what it did last */
    for (int i = 0; i < ROUNDS; i++)
        use_block();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < ROUNDS; i++) {
        use_block();
        if (i == 0)
            unseen_step();
    }
    return arg;
}

int main(void)
{
    for (unsigned i = 1; i <= BLOCKS; i++)
        push(i);
    race_two(early, late, NULL);
    return 0;
}
