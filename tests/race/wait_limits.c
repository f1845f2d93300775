// Semaphores that count too far or are destroyed while waited for, and limits of time that are none.
// expect: mutex-misuse in=too_many
// expect: mutex-misuse in=overflow
// expect: mutex-misuse in=end var=waited
// expect: mutex-misuse in=wait_for_condition
// expect: mutex-misuse in=wait_for_token
// expect: mutex-misuse in=wait_for_lock
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <unistd.h>

#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static sem_t full, waited;
static struct timespec never = { .tv_sec = 4000000000, .tv_nsec = 1000000000 };

NOINLINE static int too_many(void)
{
    return sem_init(&full, 0, (unsigned)SEM_VALUE_MAX + 1);
}

NOINLINE static int overflow(void)
{
    return sem_post(&full);
}

NOINLINE static int end(void)
{
    return sem_destroy(&waited);
}

NOINLINE static int wait_for_condition(void)
{
    return pthread_cond_timedwait(&ready, &lock, &never);
}

NOINLINE static int wait_for_token(void)
{
    return sem_timedwait(&waited, &never);
}

NOINLINE static int wait_for_lock(void)
{
    return pthread_mutex_timedlock(&lock, &never);
}

static void *hold(void *arg)
{
    int refused = wait_for_lock();

    MUST(refused == EINVAL);
    sem_wait(&waited);
    return arg;
}

int main(void)
{
    pthread_t t;

    MUST(too_many() == -1);
    MUST(sem_init(&full, 0, SEM_VALUE_MAX) == 0 && overflow() == -1);
    MUST(sem_init(&waited, 0, 0) == 0 && wait_for_token() == -1);
    pthread_mutex_lock(&lock);
    MUST(wait_for_condition() == EINVAL);
    t = race_start(hold, NULL);
    usleep(300000);
    end();
    sem_post(&waited);
    pthread_join(t, NULL);
    pthread_mutex_unlock(&lock);
    return 0;
}
