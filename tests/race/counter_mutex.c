// The request counter under a mutex.
// expect: none
#include "race.h"

static long request_count;
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void handle(void)
{
    pthread_mutex_lock(&count_lock);
    request_count++;
    pthread_mutex_unlock(&count_lock);
}

static void *work(void *arg)
{
    for (int i = 0; i < 2000; i++)
        handle();
    return arg;
}

int main(void)
{
    race_two(work, work, NULL);
    return request_count == 4000 ? 0 : 1;
}
