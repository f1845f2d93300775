// A thread reads under one lock twice, as it may, beside other readers; then a writer comes.
// expect: none
#include "race.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static long value;

static void *work(void *arg)
{
    long seen = 0;

    for (int i = 0; i < 100; i++) {
        pthread_rwlock_rdlock(&lock);
        MUST(pthread_rwlock_tryrdlock(&lock) == 0);
        seen += value;
        pthread_rwlock_unlock(&lock);
        seen += value;
        pthread_rwlock_unlock(&lock);
    }
    pthread_rwlock_wrlock(&lock);
    value++;
    pthread_rwlock_unlock(&lock);
    return seen < 0 ? NULL : arg;
}

int main(void)
{
    race_two(work, work, NULL);
    pthread_rwlock_destroy(&lock);
    return value == 2 ? 0 : 1;
}
