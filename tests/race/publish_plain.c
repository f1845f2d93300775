// A configuration filled in by one thread is published by a plain store of its pointer.
// expect: data-race var=current in=publish,lookup location=global
// expect: data-race field=limit in=publish,lookup location=heap
#include "race.h"

struct config {
    long limit;
    long depth;
};

static struct config *current;

NOINLINE static void publish(void)
{
    struct config *config = malloc(sizeof *config);

    config->limit = 100;
    config->depth = 7;
    __asm__ volatile("" ::: "memory");
    current = config;
}

NOINLINE static long lookup(void)
{
    struct config *config = current;

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
