// One access of every size, aligned, misaligned and of ranges, by each of two threads.
#ifndef COMPILED_ACCESS_SIZES_H
#define COMPILED_ACCESS_SIZES_H

#include "race.h"

struct __attribute__((packed)) odd {
    char before;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
};
struct big {
    long part[40];
};

#define APART __attribute__((aligned(16)))

static APART uint8_t one;
static APART uint16_t two;
static APART uint32_t four;
static APART uint64_t eight;
static __int128 sixteen;
static APART struct odd odd;
static APART struct big big, source, copy;
static APART char text[64];
static volatile size_t length = sizeof(text); /* so that it is a call */

#define PAIR(size, place)                                                                          \
    NOINLINE static void first_##size(void)                                                        \
    {                                                                                              \
        place = 1;                                                                                 \
    }                                                                                              \
    NOINLINE static void second_##size(void)                                                       \
    {                                                                                              \
        MUST(place == 1);                                                                          \
    }

PAIR(1, one)
PAIR(2, two)
PAIR(4, four)
PAIR(8, eight)
PAIR(16, sixteen)
PAIR(odd_2, odd.two)
PAIR(odd_4, odd.four)
PAIR(odd_8, odd.eight)

NOINLINE static void first_big(void)
{
    big = source;
}

NOINLINE static void second_big(void)
{
    copy = big;
    MUST(copy.part[39] == 0);
}

NOINLINE static void first_text(void)
{
    memset(text, 'x', length);
}

NOINLINE static void second_text(void)
{
    MUST(text[sizeof(text) - 1] == 'x');
}

#define ALL(when)                                                                                  \
    when##_big();                                                                                  \
    when##_text();                                                                                 \
    when##_1();                                                                                    \
    when##_2();                                                                                    \
    when##_4();                                                                                    \
    when##_8();                                                                                    \
    when##_16();                                                                                   \
    when##_odd_2();                                                                                \
    when##_odd_4();                                                                                \
    when##_odd_8()

static void *early(void *arg)
{
    ALL(first);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    ALL(second);
    return arg;
}

#endif
