// The same two readers, but each waits where a writer waits already: with one at each lock nobody gets on.
// expect: lock-order-inversion in=early,late
#include "race.h"

static pthread_rwlock_t a, b;

static void *early(void *arg)
{
    pthread_rwlock_wrlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_rwlock_wrlock(&b);
    pthread_rwlock_unlock(&b);
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_rdlock(&b);
    pthread_rwlock_unlock(&b);
    pthread_rwlock_unlock(&a);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    pthread_rwlock_rdlock(&b);
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_rwlock_unlock(&b);
    return arg;
}

int main(void)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&a, &attr);
    pthread_rwlock_init(&b, &attr);
    race_two(early, late, NULL);
    return 0;
}
