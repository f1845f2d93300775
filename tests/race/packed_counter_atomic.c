// The packed 64-bit counter bumped by a lock-prefixed add: no race, but a SIGBUS on ARM64 before LSE2.
// expect: misaligned-atomic in=handle natural=false crosses_line=false arm64=SIGBUS
#include "race.h"

struct record {
    uint32_t version;
    uint64_t hits;
} __attribute__((packed));

/* The record lies 0 bytes into a cache line, so hits is at 4. */
static char area[128] __attribute__((aligned(64)));

NOINLINE static void handle(struct record *record)
{
    __atomic_fetch_add((uint64_t *)(void *)&record->hits, 1, __ATOMIC_SEQ_CST);
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
