// One thread takes two locks in both orders, by functions that only lock; the second time many others are held, too.
// expect: lock-order-inversion in=one_way,other_way
#include "race.h"

enum { MANY = 100 };

static pthread_mutex_t locks[MANY];

NOINLINE static void take(int n)
{
    pthread_mutex_lock(&locks[n]);
}

NOINLINE static void give(int n)
{
    pthread_mutex_unlock(&locks[n]);
}

NOINLINE static void one_way(void)
{
    take(0);
    take(1);
    give(0);
    give(1);
}

NOINLINE static void other_way(void)
{
    for (int i = 1; i < MANY; i++)
        take(i);
    take(0);
    for (int i = 0; i < MANY; i++)
        give(i);
}

int main(void)
{
    for (int i = 0; i < MANY; i++)
        pthread_mutex_init(&locks[i], NULL);
    one_way();
    other_way();
    for (int i = 0; i < MANY; i++)
        pthread_mutex_destroy(&locks[i]);
    return 0;
}
