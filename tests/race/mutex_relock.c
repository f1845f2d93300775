// A thread locks its mutex once more, and only another thread's unlock, wrong too, brings it on. An error-checking one
// and a lock with an end of time say so instead of waiting.
// expect: mutex-misuse in=lock_again
// expect: mutex-misuse in=help_out
// expect: mutex-misuse in=lock_checked
// expect: mutex-misuse in=lock_timed
#include "race.h"

#include <errno.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t timed = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

NOINLINE static void lock_again(void)
{
    MUST(pthread_mutex_lock(&lock) == 0);
}

NOINLINE static void help_out(void)
{
    pthread_mutex_unlock(&lock);
}

NOINLINE static void lock_checked(void)
{
    MUST(pthread_mutex_lock(&checked) == EDEADLK);
}

NOINLINE static void lock_timed(void)
{
    struct timespec past = { 0, 0 };

    MUST(pthread_mutex_timedlock(&timed, &past) == ETIMEDOUT);
}

static void *early(void *arg)
{
    pthread_mutex_lock(&lock);
    unseen_step();
    lock_again();
    pthread_mutex_unlock(&lock);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    unseen_nap(300000);
    help_out();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    pthread_mutex_lock(&checked);
    lock_checked();
    pthread_mutex_unlock(&checked);
    pthread_mutex_lock(&timed);
    lock_timed();
    MUST(pthread_mutex_trylock(&timed) == EBUSY);
    pthread_mutex_unlock(&timed);
    return 0;
}
