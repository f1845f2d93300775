/* Loops over an array, of one block each and long enough to be checked ahead. */
#ifndef RACE_LOOPS_H
#define RACE_LOOPS_H

#include "race.h"

#define CELLS 4096

static uint64_t cells[CELLS];

NOINLINE static void fill(uint64_t *from, size_t n, uint64_t value)
{
    for (size_t i = 0; i < n; i++) {
        from[i] = value;
        __asm__ volatile("" ::: "memory"); /* no call of memset() */
    }
}

NOINLINE static uint64_t add_up(const uint64_t *from, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += from[i];
    return sum;
}

NOINLINE static void put_one(uint64_t *from, size_t i, uint64_t value)
{
    from[i] = value;
}

NOINLINE static uint64_t get_one(const uint64_t *from, size_t i)
{
    return from[i];
}

#endif
