// One writer and two readers under a rwlock, taken by every call that takes one.
// expect: none
#include "race.h"

#include <time.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static long a, b;

static void *writer(void *arg)
{
    struct timespec limit;

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 50;
    for (int i = 0; i < 200; i++) {
        if (i % 3 == 0)
            pthread_rwlock_wrlock(&lock);
        else if (i % 3 == 1)
            MUST(pthread_rwlock_timedwrlock(&lock, &limit) == 0);
        else
            while (pthread_rwlock_trywrlock(&lock))
                unseen_nap(10);
        a++;
        b++;
        pthread_rwlock_unlock(&lock);
    }
    return arg;
}

static void *reader(void *arg)
{
    struct timespec limit;

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 50;
    for (int i = 0; i < 200; i++) {
        if (i % 3 == 0)
            pthread_rwlock_rdlock(&lock);
        else if (i % 3 == 1)
            MUST(pthread_rwlock_timedrdlock(&lock, &limit) == 0);
        else
            while (pthread_rwlock_tryrdlock(&lock))
                unseen_nap(10);
        MUST(a == b);
        pthread_rwlock_unlock(&lock);
    }
    return arg;
}

int main(void)
{
    pthread_t second = race_start(reader, NULL);

    race_two(writer, reader, NULL);
    pthread_join(second, NULL);
    pthread_rwlock_destroy(&lock);
    return a == 200 ? 0 : 1;
}
