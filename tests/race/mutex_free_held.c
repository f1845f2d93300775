// A block is freed while the mutex in it is held.
// expect: mutex-misuse in=drop location=heap
#include "race.h"

struct session {
    long id;
    pthread_mutex_t lock;
};

NOINLINE static void drop(struct session *s)
{
    free(s);
}

static void *work(void *arg)
{
    struct session *s = malloc(sizeof *s);

    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_lock(&s->lock);
    drop(s);
    return arg;
}

int main(void)
{
    MUST(pthread_join(race_start(work, NULL), NULL) == 0);
    return 0;
}
