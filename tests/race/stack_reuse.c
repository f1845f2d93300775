// Detached threads one after the other on the same stack, which libc keeps and gives out again.
// expect: none
#include "race.h"

NOINLINE static long fill(void)
{
    volatile long cells[64];
    long sum = 0;

    for (int i = 0; i < 64; i++)
        cells[i] = i;
    for (int i = 0; i < 64; i++)
        sum += cells[i];
    return sum;
}

static void *child(void *arg)
{
    MUST(fill() == 2016);
    unseen_step();
    return arg;
}

int main(void)
{
    unseen_open();
    for (long i = 1; i <= 50; i++) {
        pthread_detach(race_start(child, NULL));
        unseen_until(i);
        unseen_nap(200);
    }
    return 0;
}
