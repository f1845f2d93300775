// Destructors of thread-specific data run in the ending thread, before its joiner goes on.
// expect: none
#include "race.h"

static pthread_key_t key;
static long ended;

static void on_end(void *value)
{
    ended += *(long *)value;
    free(value);
}

static void *child(void *arg)
{
    long *own = malloc(sizeof *own);

    *own = 3;
    pthread_setspecific(key, own);
    return arg;
}

int main(void)
{
    pthread_key_create(&key, on_end);
    for (int i = 0; i < 5; i++)
        pthread_join(race_start(child, NULL), NULL);
    pthread_key_delete(key);
    return ended == 15 ? 0 : 1;
}
