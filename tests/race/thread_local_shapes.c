// Thread-local objects of all sizes, by name, by index and through the table of offsets, each thread its own; the results are those
// without Seance.
// expect: none
#include "race.h"

struct wide {
    double part[4];
};

extern __thread long elsewhere[8] __attribute__((tls_model("initial-exec")));
__thread long elsewhere[8];

static _Thread_local struct {
    char one[16];
    short two[16];
    int four[16];
    long eight[16];
    struct wide wide[4];
    long double odd[4];
    unsigned bits : 5, more : 11;
} own;

static long result[2];

NOINLINE static long mix(long x)
{
    return x * 31 + 7;
}

static void step(unsigned i)
{
    long before = own.eight[i % 16];

    own.one[i % 16]++;
    own.two[i % 16] = (short)(own.two[(i + 1) % 16] + own.one[i % 16]);
    own.four[i % 16] ^= own.two[i % 16] << 3;
    own.eight[i % 16] = mix(own.four[i % 16]) + (before < own.eight[(i + 3) % 16] ? 5 : -3);
    for (unsigned n = 0; n < 4; n++)
        own.wide[i % 4].part[n] += (double)own.one[n];
    own.odd[i % 4] += (long double)own.four[3];
    own.bits += i;
    own.more ^= own.bits;
    if (own.eight[5] & 1)
        elsewhere[i % 8] += own.eight[5];
    elsewhere[3]--;
}

static void *work(void *arg)
{
    long sum = 0;

    for (unsigned i = 0; i < 20000; i++)
        step(i);
    for (unsigned i = 0; i < 16; i++)
        sum = mix(sum) + own.one[i] + own.two[i] + own.four[i] + own.eight[i] + elsewhere[i % 8];
    for (unsigned i = 0; i < 4; i++)
        sum += (long)own.wide[i].part[i] + (long)own.odd[i];
    *(long *)arg = sum + own.bits + own.more;
    return NULL;
}

int main(void)
{
    pthread_t first = race_start(work, &result[0]), second = race_start(work, &result[1]);

    pthread_join(first, NULL);
    pthread_join(second, NULL);
    printf("%lx %lx\n", (unsigned long)result[0], (unsigned long)result[1]);
    return 0;
}
