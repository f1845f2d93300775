// References are counted down with release; the last one fences before it frees.
// expect: none
#include <stdatomic.h>

#include "race.h"

struct object {
    atomic_int references;
    long value;
};

NOINLINE static void put(struct object *o)
{
    if (atomic_fetch_sub_explicit(&o->references, 1, memory_order_release) == 1) {
        atomic_thread_fence(memory_order_acquire);
        free(o);
    }
}

static void *early(void *arg)
{
    struct object *o = arg;

    o->value = 1;
    put(o);
    unseen_step();
    return NULL;
}

static void *late(void *arg)
{
    unseen_until(1);
    put(arg);
    return NULL;
}

int main(void)
{
    struct object *o = calloc(1, sizeof(*o));

    atomic_init(&o->references, 2);
    race_two(early, late, o);
    return 0;
}
