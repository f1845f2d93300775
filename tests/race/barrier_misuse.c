// Barriers for no threads, and such as are initialised and destroyed while a thread is in them.
// expect: mutex-misuse in=for_nobody
// expect: mutex-misuse var=second in=again
// expect: mutex-misuse var=first in=end
#include <unistd.h>

#include "race.h"

static pthread_barrier_t none, first, second;

NOINLINE static int for_nobody(void)
{
    return pthread_barrier_init(&none, NULL, 0);
}

NOINLINE static int again(void)
{
    return pthread_barrier_init(&second, NULL, 2);
}

NOINLINE static int end(void)
{
    return pthread_barrier_destroy(&first);
}

static void *enter(void *barrier)
{
    pthread_barrier_wait(barrier);
    return NULL;
}

static void *destroy(void *arg)
{
    end();
    return arg;
}

int main(void)
{
    pthread_t a, b;

    for_nobody();
    MUST(pthread_barrier_init(&first, NULL, 2) == 0 && pthread_barrier_init(&second, NULL, 2) == 0);
    a = race_start(enter, &second);
    b = race_start(enter, &first);
    usleep(300000);
    again();
    race_start(destroy, NULL); /* libc waits for those inside */
    usleep(100000);
    fflush(NULL);
    (void)a, (void)b;
    _exit(0);
}
