// Double-checked initialisation: a lock only where the pointer is not there yet.
// Racy: the object is filled after its pointer is there.
// seeded: instance,use
#include <stdatomic.h>

#include "lockfree.h"

struct object {
    long a, b;
};

static struct object *_Atomic object;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static struct object *instance(void)
{
    struct object *o = atomic_load_explicit(&object, memory_order_acquire);

    if (o)
        return o;
    pthread_mutex_lock(&mutex);
    o = atomic_load_explicit(&object, memory_order_relaxed);
    if (!o) {
        o = malloc(sizeof *o);
        UNLESS_RACY(o->a = 1;)
        UNLESS_RACY(o->b = 2;)
        atomic_store_explicit(&object, o, memory_order_release);
        IF_RACY(o->a = 1;)
        IF_RACY(o->b = 2;)
    }
    pthread_mutex_unlock(&mutex);
    return o;
}

NOINLINE static long use(struct object *o)
{
    return o->a + o->b;
}

static void *early(void *arg)
{
    MUST(use(instance()) == 3);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(use(instance()) == 3);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    free(object);
    return 0;
}
