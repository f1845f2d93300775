// A thread ends while it holds a mutex, which nobody may unlock any more.
// exit: 0
// expect: mutex-misuse in=take confidence=likely
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void take(void)
{
    pthread_mutex_lock(&lock);
}

static void *work(void *arg)
{
    take();
    return arg;
}

int main(void)
{
    MUST(pthread_join(race_start(work, NULL), NULL) == 0);
    return 0;
}
