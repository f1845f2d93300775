// A stack whose top is exchanged by compare-and-swap; the consumer takes all of it at once.
// Racy: a node's value is written after it was pushed.
// seeded: push,drain
#include <stdatomic.h>

#include "lockfree.h"

enum { NODES = 2000 };

struct node {
    struct node *next;
    long value;
};

static struct node *_Atomic top;

NOINLINE static void push(long value)
{
    struct node *node = malloc(sizeof *node);

    UNLESS_RACY(node->value = value;)
    node->next = atomic_load_explicit(&top, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&top, &node->next, node, memory_order_release,
                                                  memory_order_relaxed))
        ;
    IF_RACY(node->value = value;)
}

NOINLINE static long drain(long *sum)
{
    struct node *node = atomic_exchange_explicit(&top, NULL, memory_order_acquire), *next;
    long n = 0;

    for (; node; node = next, n++) {
        next = node->next;
        *sum += node->value;
        UNLESS_RACY(free(node);)
    }
    return n;
}

static void *producer(void *arg)
{
    for (long i = 0; i < NODES; i++)
        push(i);
    return arg;
}

static void *consumer(void *arg)
{
    long n = 0, sum = 0;

    while (n < NODES)
        n += drain(&sum);
    UNLESS_RACY(MUST(sum == (long)NODES * (NODES - 1) / 2);)
    return arg;
}

int main(void)
{
    race_two(producer, consumer, NULL);
    return 0;
}
