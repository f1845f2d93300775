// A mutex is initialised once more while it is held.
// expect: mutex-misuse in=make_again,hold
#include "race.h"

static pthread_mutex_t lock;

NOINLINE static void hold(void)
{
    pthread_mutex_lock(&lock);
}

NOINLINE static void make_again(void)
{
    pthread_mutex_init(&lock, NULL);
}

int main(void)
{
    make_again();
    hold();
    make_again();
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return 0;
}
