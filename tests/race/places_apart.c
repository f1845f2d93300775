// Accesses of each size at each place of a granule, by two threads by turns: each its own bytes, side by side.
// expect: none
#include "race.h"

enum { ROW = 64, ROUNDS = 50 };

typedef uint64_t __attribute__((may_alias, aligned(1))) u64;
typedef uint32_t __attribute__((may_alias, aligned(1))) u32;
typedef uint16_t __attribute__((may_alias, aligned(1))) u16;

static uint8_t row[4][ROW] __attribute__((aligned(64)));

/* 15 bytes of the thread's own in each row of 64, at a distance of 15 from the other's. */
NOINLINE static void touch(uint8_t *own)
{
    *(u64 *)own += 1;
    *(u32 *)(own + 8) += 1;
    *(u16 *)(own + 12) += 1;
    own[14]++;
}

static void *even(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        for (int k = 0; k < 4; k++)
            touch(row[k] + k), touch(row[k] + k + 30);
    unseen_step();
    return arg;
}

static void *odd(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < ROUNDS; i++)
        for (int k = 0; k < 4; k++)
            touch(row[k] + k + 15), touch(row[k] + k + 45);
    return arg;
}

int main(void)
{
    race_two(even, odd, NULL);
    return row[3][3 + 14] == ROUNDS && row[0][15 + 14] == ROUNDS ? 0 : 1;
}
