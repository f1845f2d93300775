// A thread is detached twice, and joined after that; another one joins itself.
// expect: mutex-misuse in=let_go
// expect: mutex-misuse in=join_detached
// expect: mutex-misuse in=join_self
#include "race.h"

static pthread_t kept;

NOINLINE static int let_go(pthread_t t)
{
    return pthread_detach(t);
}

NOINLINE static int join_detached(void)
{
    return pthread_join(kept, NULL);
}

NOINLINE static int join_self(void)
{
    return pthread_join(pthread_self(), NULL);
}

static void *work(void *arg)
{
    unseen_until(1);
    return arg;
}

static void *other(void *arg)
{
    pthread_detach(kept);
    let_go(kept);
    join_detached();
    return arg;
}

int main(void)
{
    pthread_t second;

    unseen_open();
    kept = race_start(work, NULL);
    second = race_start(other, NULL);
    pthread_join(second, NULL);
    join_self();
    unseen_step();
    return 0;
}
