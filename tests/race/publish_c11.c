// The configuration's pointer is an _Atomic object, stored with release and loaded with acquire. On
// AMD64 both are plain mov instructions: only the debug information tells them from publish_plain.c.
// expect: none
#include <stdatomic.h>

#include "race.h"

struct config {
    long limit;
    long depth;
};

static struct config *_Atomic current;

NOINLINE static void publish(void)
{
    struct config *config = malloc(sizeof *config);

    config->limit = 100;
    config->depth = 7;
    atomic_store_explicit(&current, config, memory_order_release);
}

NOINLINE static long lookup(void)
{
    struct config *config = atomic_load_explicit(&current, memory_order_acquire);

    return config ? config->limit : 0;
}

static void *early(void *arg)
{
    publish();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(lookup() == 100);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    free(current);
    return 0;
}
