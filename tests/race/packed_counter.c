// A 64-bit counter behind a 32-bit version in a packed struct, bumped bare, at offset 4: inside one
// aligned 16 bytes, so whole on most machines, but only byte by byte on ARM64 before LSE2.
// expect: data-race var=area in=handle,handle natural=false crosses_line=false arm64=LSE2|8.4|byte
#include "race.h"

struct record {
    uint32_t version;
    uint64_t hits;
} __attribute__((packed));

/* The record lies 0 bytes into a cache line, so hits is at 4. */
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
    struct record *record = (struct record *)(area + 0);

    race_two(early, late, record);
    return record->hits == 2 ? 0 : 1;
}
