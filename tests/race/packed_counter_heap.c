// The packed counter in a heap block, named through its type, bumped bare from two handlers.
// expect: data-race field=hits in=handle,handle natural=false arm64=LSE2|8.4|byte location=heap
#include "race.h"

struct record {
    uint32_t version;
    uint64_t hits;
} __attribute__((packed));

NOINLINE static void handle(struct record *record)
{
    record->hits++;
}

static void *early(void *arg)
{
    handle(arg);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    handle(arg);
    return arg;
}

int main(void)
{
    struct record *record = calloc(1, sizeof *record);

    race_two(early, late, record);
    free(record);
    return 0;
}
