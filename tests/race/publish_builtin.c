// The pointer is a plain object, but stored and loaded by __atomic builtins: on AMD64 plain mov
// instructions, which only the source line tells from publish_plain.c.
// expect: none
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
    __atomic_store_n(&current, config, __ATOMIC_RELEASE);
}

NOINLINE static long lookup(void)
{
    struct config *config = __atomic_load_n(&current, __ATOMIC_ACQUIRE);

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
