// The packed 64-bit counter placed so that it crosses a cache line: the value may tear on AMD64 too.
// expect: data-race var=area in=handle,handle natural=false crosses_line=true amd64=tear arm64=LSE2|8.4|byte
#include "race.h"

struct record {
    uint32_t version;
    uint64_t hits;
} __attribute__((packed));

/* The record lies 56 bytes into a cache line, so hits is at 60. */
static char area[128] __attribute__((aligned(64)));

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
    struct record *record = (struct record *)(area + 56);

    race_two(early, late, record);
    return record->hits == 2 ? 0 : 1;
}
