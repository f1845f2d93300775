// Accesses of each size at each place of a granule, when all bytes around them but their last are known already.
// expect: data-race in=write_8_at_0,poke
// expect: data-race in=write_8_at_1,poke
// expect: data-race in=write_8_at_2,poke
// expect: data-race in=write_8_at_3,poke
// expect: data-race in=write_16_at_0,poke
// expect: data-race in=write_16_at_1,poke
// expect: data-race in=write_16_at_2,poke
// expect: data-race in=write_16_at_3,poke
// expect: data-race in=write_32_at_0,poke
// expect: data-race in=write_32_at_1,poke
// expect: data-race in=write_32_at_2,poke
// expect: data-race in=write_32_at_3,poke
// expect: data-race in=write_64_at_0,poke
// expect: data-race in=write_64_at_1,poke
// expect: data-race in=write_64_at_2,poke
// expect: data-race in=write_64_at_3,poke
// expect: data-race in=read_8_at_0,poke
// expect: data-race in=read_8_at_1,poke
// expect: data-race in=read_8_at_2,poke
// expect: data-race in=read_8_at_3,poke
// expect: data-race in=read_16_at_0,poke
// expect: data-race in=read_16_at_1,poke
// expect: data-race in=read_16_at_2,poke
// expect: data-race in=read_16_at_3,poke
// expect: data-race in=read_32_at_0,poke
// expect: data-race in=read_32_at_1,poke
// expect: data-race in=read_32_at_2,poke
// expect: data-race in=read_32_at_3,poke
// expect: data-race in=read_64_at_0,poke
// expect: data-race in=read_64_at_1,poke
// expect: data-race in=read_64_at_2,poke
// expect: data-race in=read_64_at_3,poke
#include "race.h"

enum { ROW = 64, MIDDLE = 32 };

typedef uint64_t __attribute__((may_alias, aligned(1))) u64;
typedef uint32_t __attribute__((may_alias, aligned(1))) u32;
typedef uint16_t __attribute__((may_alias, aligned(1))) u16;
typedef uint8_t u8;

static uint64_t sum;

#define PLACE(bits, place)                                                                         \
    NOINLINE static void write_##bits##_at_##place(uint8_t *row)                                   \
    {                                                                                              \
        *(u##bits *)(row + MIDDLE + place) = 1;                                                    \
    }                                                                                              \
    NOINLINE static void read_##bits##_at_##place(uint8_t *row)                                    \
    {                                                                                              \
        sum += *(u##bits *)(row + MIDDLE + place);                                                 \
    }
#define PLACES(bits) PLACE(bits, 0) PLACE(bits, 1) PLACE(bits, 2) PLACE(bits, 3)
PLACES(8)
PLACES(16)
PLACES(32)
PLACES(64)

#define ROWS(op, bits)                                                                             \
    { op##_##bits##_at_0, MIDDLE + 0 + bits / 8 - 1 },                                             \
        { op##_##bits##_at_1, MIDDLE + 1 + bits / 8 - 1 },                                         \
        { op##_##bits##_at_2, MIDDLE + 2 + bits / 8 - 1 },                                         \
    {                                                                                              \
        op##_##bits##_at_3, MIDDLE + 3 + bits / 8 - 1                                              \
    }

static const struct {
    void (*touch)(uint8_t *row);
    unsigned last;
} cases[] = { ROWS(write, 8), ROWS(write, 16), ROWS(write, 32), ROWS(write, 64),
              ROWS(read, 8),  ROWS(read, 16),  ROWS(read, 32),  ROWS(read, 64) };
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static uint8_t rows[CASES][ROW] __attribute__((aligned(64)));

NOINLINE static void poke(uint8_t *byte)
{
    *byte = 7;
}

/* Every byte but the one: each a finding less if an access took its neighbours' for its own. */
NOINLINE static void surround(uint8_t *row, unsigned but)
{
    for (unsigned i = 0; i < ROW; i++) {
        if (i != but)
            row[i] = 1;
    }
}

static void *early(void *arg)
{
    for (unsigned i = 0; i < CASES; i++) {
        surround(rows[i], cases[i].last);
        cases[i].touch(rows[i]);
    }
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    for (unsigned i = 0; i < CASES; i++)
        poke(&rows[i][cases[i].last]);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
