// What every atomic operation does to memory and returns, of every size, alone and beside another thread.
// flags: -mcx16
// expect: none
#include <stdatomic.h>

#include "race.h"

#define CHECK(type)                                                                                \
    do {                                                                                           \
        static _Alignas(16) type v;                                                                \
        type big = (type) ~(type)0, old = 5, want;                                                 \
                                                                                                   \
        __atomic_store_n(&v, 5, __ATOMIC_RELEASE);                                                 \
        MUST(__atomic_load_n(&v, __ATOMIC_ACQUIRE) == 5);                                          \
        MUST(__atomic_exchange_n(&v, big, __ATOMIC_ACQ_REL) == 5);                                 \
        MUST(__atomic_fetch_add(&v, 3, __ATOMIC_RELAXED) == big);                                  \
        MUST(__atomic_fetch_sub(&v, 1, __ATOMIC_RELAXED) == 2);                                    \
        MUST(__atomic_fetch_or(&v, 6, __ATOMIC_RELEASE) == 1);                                     \
        MUST(__atomic_fetch_and(&v, 5, __ATOMIC_SEQ_CST) == 7);                                    \
        MUST(__atomic_fetch_xor(&v, 15, __ATOMIC_ACQUIRE) == 5);                                   \
        MUST(__atomic_fetch_nand(&v, 3, __ATOMIC_ACQUIRE) == 10);                                  \
        want = (type) ~(type)2;                                                                    \
        MUST(v == want);                                                                           \
        MUST(!__atomic_compare_exchange_n(&v, &old, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));    \
        MUST(old == want && v == want);                                                            \
        MUST(__atomic_compare_exchange_n(&v, &old, 9, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));     \
        MUST(old == want && v == 9);                                                               \
        while (!__atomic_compare_exchange_n(&v, &old, big, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) \
            ;                                                                                      \
        MUST(__atomic_load_n(&v, __ATOMIC_SEQ_CST) == big);                                        \
        MUST(__atomic_add_fetch(&v, 2, __ATOMIC_SEQ_CST) == 1);                                    \
    } while (0)

static void check(void)
{
    CHECK(uint8_t);
    CHECK(uint16_t);
    CHECK(uint32_t);
    CHECK(uint64_t);
    CHECK(unsigned __int128);
}

static atomic_long sum;

static void *adder(void *arg)
{
    for (int i = 0; i < 100000; i++)
        atomic_fetch_add_explicit(&sum, 1, memory_order_relaxed);
    return arg;
}

static void *checker(void *arg)
{
    check();
    return adder(arg);
}

int main(void)
{
    check();
    race_two(adder, checker, NULL);
    MUST(atomic_load_explicit(&sum, memory_order_relaxed) == 200000);
    return 0;
}
