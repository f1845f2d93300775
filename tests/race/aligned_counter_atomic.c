// The same record without the packed attribute, bumped by a lock-prefixed add.
// expect: none
#include "race.h"

struct record {
    uint32_t version;
    uint64_t hits;
} __attribute__((aligned(8)));

/* The record lies 0 bytes into a cache line, so hits is at 8. */
static char area[128] __attribute__((aligned(64)));

NOINLINE static void handle(struct record *record)
{
    __atomic_fetch_add(&record->hits, 1, __ATOMIC_SEQ_CST);
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
    struct record *record = (struct record *)(area + 0);

    race_two(early, late, record);
    return record->hits == 2 ? 0 : 1;
}
