// Initialisation by pthread_once, seen by whoever comes later.
// expect: none
#include "race.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static long table[16];

static void fill(void)
{
    for (int i = 0; i < 16; i++)
        table[i] = i;
}

static void *early(void *arg)
{
    pthread_once(&once, fill);
    MUST(table[7] == 7);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    pthread_once(&once, fill);
    MUST(table[9] == 9);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
