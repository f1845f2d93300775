// The same two orders, but both under a third mutex, so that they cannot meet.
// expect: none
#include "race.h"

static pthread_mutex_t from_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t to_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void pay(void)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&from_lock);
    pthread_mutex_lock(&to_lock);
    pthread_mutex_unlock(&to_lock);
    pthread_mutex_unlock(&from_lock);
    pthread_mutex_unlock(&gate);
}

NOINLINE static void refund(void)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&to_lock);
    pthread_mutex_lock(&from_lock);
    pthread_mutex_unlock(&from_lock);
    pthread_mutex_unlock(&to_lock);
    pthread_mutex_unlock(&gate);
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
