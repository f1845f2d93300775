// Readers take two locks in both orders: they do not wait for each other, whatever writers do at other times.
// expect: none
#include "race.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER, b = PTHREAD_RWLOCK_INITIALIZER;

static void read_both(pthread_rwlock_t *first, pthread_rwlock_t *second)
{
    pthread_rwlock_rdlock(first);
    pthread_rwlock_rdlock(second);
    pthread_rwlock_unlock(second);
    pthread_rwlock_unlock(first);
    pthread_rwlock_wrlock(first);
    pthread_rwlock_unlock(first);
}

static void *early(void *arg)
{
    read_both(&a, &b);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    read_both(&b, &a);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
