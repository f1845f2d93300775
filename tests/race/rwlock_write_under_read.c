// Both threads hold the rwlock for reading, and both write.
// expect: data-race var=last_used in=touch,touch location=global
#include "race.h"

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static long last_used;

NOINLINE static void touch(long now)
{
    pthread_rwlock_rdlock(&table_lock);
    last_used = now;
    pthread_rwlock_unlock(&table_lock);
}

static void *early(void *arg)
{
    touch(1);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    touch(2);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return last_used == 2 ? 0 : 1;
}
