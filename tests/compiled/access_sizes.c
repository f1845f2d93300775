// Every size of access, aligned, misaligned and of ranges, races with another of its kind, each found by itself.
// expect: data-race var=one in=first_1,second_1
// expect: data-race var=two in=first_2,second_2
// expect: data-race var=four in=first_4,second_4
// expect: data-race var=eight in=first_8,second_8
// expect: data-race var=sixteen in=first_16,second_16
// expect: data-race var=odd in=first_odd_2,second_odd_2
// expect: data-race var=odd in=first_odd_4,second_odd_4
// expect: data-race var=odd in=first_odd_8,second_odd_8
// expect: data-race var=big in=first_big,second_big
// expect: data-race var=text in=first_text,second_text
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

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
