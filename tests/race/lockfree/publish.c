// A configuration is filled, then published by a release store and read behind an acquire load.
// Racy: a member is changed after the publication.
// seeded: amend,lookup
#include <stdatomic.h>

#include "lockfree.h"

struct config {
    long limit, depth;
};

static struct config *_Atomic current;

NOINLINE static struct config *publish(void)
{
    struct config *config = malloc(sizeof *config);

    config->limit = 100;
    config->depth = 7;
    atomic_store_explicit(&current, config, memory_order_release);
    return config;
}

NOINLINE void amend(struct config *config)
{
    config->depth = 8;
}

NOINLINE static long lookup(void)
{
    struct config *config = atomic_load_explicit(&current, memory_order_acquire);

    return config->limit + config->depth;
}

static void *early(void *arg)
{
    struct config *config = publish();

    IF_RACY(amend(config);)
    unseen_step();
    return config ? arg : NULL;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(lookup() > 100);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    free(current);
    return 0;
}
