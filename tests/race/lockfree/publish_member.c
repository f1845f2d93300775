// The flag is an _Atomic member of a block on the heap, reached through a pointer.
// Racy: the length is set after the flag.
// seeded: fill,take
#include <stdatomic.h>

#include "lockfree.h"

struct message {
    char text[40];
    unsigned length;
    _Atomic unsigned full;
};

NOINLINE static void fill(struct message *m)
{
    memset(m->text, 'x', 32);
    UNLESS_RACY(m->length = 32;)
    atomic_store_explicit(&m->full, 1, memory_order_release);
    IF_RACY(m->length = 32;)
}

NOINLINE static unsigned take(struct message *m)
{
    while (!atomic_load_explicit(&m->full, memory_order_acquire))
        relax();
    return m->length;
}

static void *early(void *arg)
{
    fill(arg);
    unseen_step();
    return NULL;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(take(arg) == 32);
    return NULL;
}

int main(void)
{
    struct message *m = calloc(1, sizeof *m);

    race_two(early, late, m);
    free(m);
    return 0;
}
