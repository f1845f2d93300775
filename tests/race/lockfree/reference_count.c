// Two owners of an object: whoever drops the last reference reads it and frees it.
// Racy: an owner writes to the object when it has dropped its reference.
// seeded: touch,destroy
#include <stdatomic.h>

#include "lockfree.h"

struct object {
    atomic_int references;
    long marks[2], total;
};

NOINLINE static void touch(struct object *o, int who)
{
    o->marks[who] = who + 1;
}

NOINLINE static void destroy(struct object *o)
{
    MUST(o->marks[0] + o->marks[1] >= 1);
    UNLESS_RACY(free(o);)
}

static void drop(struct object *o)
{
    if (atomic_fetch_sub_explicit(&o->references, 1, memory_order_release) == 1) {
        atomic_thread_fence(memory_order_acquire);
        destroy(o);
    }
}

static void *early(void *arg)
{
    touch(arg, 0);
    drop(arg);
    IF_RACY(touch(arg, 0);)
    unseen_step();
    return NULL;
}

static void *late(void *arg)
{
    touch(arg, 1);
    unseen_until(1);
    drop(arg);
    return NULL;
}

int main(void)
{
    struct object *o = calloc(1, sizeof *o);

    atomic_init(&o->references, 2);
    race_two(early, late, o);
    return 0;
}
