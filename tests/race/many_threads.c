// Two thousand short-lived threads, eight at a time, joined.
// expect: none
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;

static void *work(void *arg)
{
    pthread_mutex_lock(&lock);
    total++;
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    for (int round = 0; round < 250; round++) {
        pthread_t threads[8];

        for (int i = 0; i < 8; i++)
            threads[i] = race_start(work, NULL);
        for (int i = 0; i < 8; i++)
            pthread_join(threads[i], NULL);
    }
    return total == 2000 ? 0 : 1;
}
