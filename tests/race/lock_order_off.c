// The same as lock_order.c, and nobody wants to know.
// expect: none
// options: deadlocks=0
#include "race.h"

static pthread_mutex_t from_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t to_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void pay(void)
{
    pthread_mutex_lock(&from_lock);
    pthread_mutex_lock(&to_lock);
    pthread_mutex_unlock(&to_lock);
    pthread_mutex_unlock(&from_lock);
}

NOINLINE static void refund(void)
{
    pthread_mutex_lock(&to_lock);
    pthread_mutex_lock(&from_lock);
    pthread_mutex_unlock(&from_lock);
    pthread_mutex_unlock(&to_lock);
}

static void *early(void *arg)
{
    pay();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    refund();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
