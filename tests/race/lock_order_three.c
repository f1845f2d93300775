// Three threads take three locks of three kinds in a ring.
// expect: lock-order-inversion in=first_way,second_way,third_way
#include "race.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t c;

NOINLINE static void first_way(void)
{
    pthread_mutex_lock(&a);
    pthread_rwlock_wrlock(&b);
    pthread_rwlock_unlock(&b);
    pthread_mutex_unlock(&a);
}

NOINLINE static void second_way(void)
{
    pthread_rwlock_rdlock(&b);
    pthread_spin_lock(&c);
    pthread_spin_unlock(&c);
    pthread_rwlock_unlock(&b);
}

NOINLINE static void third_way(void)
{
    pthread_spin_lock(&c);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_spin_unlock(&c);
}

static void *first(void *arg)
{
    first_way();
    return arg;
}

static void *second(void *arg)
{
    second_way();
    return arg;
}

static void *third(void *arg)
{
    third_way();
    return arg;
}

int main(void)
{
    pthread_spin_init(&c, PTHREAD_PROCESS_PRIVATE);
    MUST(pthread_join(race_start(first, NULL), NULL) == 0);
    MUST(pthread_join(race_start(second, NULL), NULL) == 0);
    MUST(pthread_join(race_start(third, NULL), NULL) == 0);
    return 0;
}
