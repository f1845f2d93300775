// Thread-local objects at the same offset in every thread, and one handed over by address, bare.
// expect: data-race in=own_add,foreign_add
#include "race.h"

static _Thread_local long own;
static long *lent;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void own_add(void)
{
    own++;
}

NOINLINE static void foreign_add(long *place)
{
    *place += 1;
}

static void *lender(void *arg)
{
    pthread_mutex_lock(&lock);
    lent = &own;
    pthread_mutex_unlock(&lock);
    own_add();
    unseen_step();
    unseen_until(2);
    return arg;
}

static void *borrower(void *arg)
{
    long *place;

    unseen_until(1);
    own_add();
    pthread_mutex_lock(&lock);
    place = lent;
    pthread_mutex_unlock(&lock);
    foreign_add(place);
    unseen_step();
    return arg;
}

int main(void)
{
    race_two(lender, borrower, NULL);
    return 0;
}
