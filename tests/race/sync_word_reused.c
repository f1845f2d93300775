// Memory that held an atomic counter of 4 bytes holds a pointer later: its store is one to a sync word and to plain bytes beside it,
// and all of it is ordered by the mutex.
// expect: none
#include "sync_word_reused.h"

NOINLINE static void *reader(void *arg)
{
    unseen_until(1);
    pthread_mutex_lock(&lock);
    check();
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    race_two(count, count, NULL);
    race_two(writer, reader, NULL);
    return 0;
}
