// A linked queue (Michael and Scott) of two threads, without giving nodes back.
// Racy: a node's value is written after it was linked.
// seeded: enqueue,dequeue
#include <stdatomic.h>

#include "lockfree.h"

enum { ITEMS = 1500 };

struct node {
    struct node *_Atomic next;
    long value;
};

static struct node pool[ITEMS + 1];
static struct node *_Atomic head = &pool[0], *_Atomic tail = &pool[0];

NOINLINE static void enqueue(struct node *node, long value)
{
    struct node *last, *next;

    UNLESS_RACY(node->value = value;)
    for (;;) {
        last = atomic_load_explicit(&tail, memory_order_acquire);
        next = atomic_load_explicit(&last->next, memory_order_acquire);
        if (next) {
            atomic_compare_exchange_strong(&tail, &last, next);
            continue;
        }
        if (atomic_compare_exchange_strong(&last->next, &next, node))
            break;
    }
    atomic_compare_exchange_strong(&tail, &last, node);
    IF_RACY(node->value = value;)
}

NOINLINE static int dequeue(long *value)
{
    for (;;) {
        struct node *first = atomic_load_explicit(&head, memory_order_acquire);
        struct node *next = atomic_load_explicit(&first->next, memory_order_acquire);

        if (!next)
            return 0;
        *value = next->value;
        if (atomic_compare_exchange_strong(&head, &first, next))
            return 1;
    }
}

static void *producer(void *arg)
{
    for (long i = 0; i < ITEMS; i++)
        enqueue(&pool[i + 1], i);
    return arg;
}

static void *consumer(void *arg)
{
    long value, sum = 0;

    for (long i = 0; i < ITEMS; i++) {
        while (!dequeue(&value))
            relax();
        sum += value;
    }
    UNLESS_RACY(MUST(sum == (long)ITEMS * (ITEMS - 1) / 2);)
    return sum >= 0 ? arg : NULL;
}

int main(void)
{
    race_two(producer, consumer, NULL);
    return 0;
}
