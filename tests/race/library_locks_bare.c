// One of two threads writes before it takes the system library's lock.
// expect: data-race var=counter in=early,late
#include "glib.h"

static void *mutex;
static long counter;

NOINLINE static void early(void)
{
    counter = 1;
    mutex_lock(&mutex);
    mutex_unlock(&mutex);
}

NOINLINE static void late(void)
{
    counter = 2;
    mutex_lock(&mutex);
    mutex_unlock(&mutex);
}

static void *first(void *arg)
{
    early();
    unseen_step();
    return arg;
}

static void *second(void *arg)
{
    unseen_until(1);
    late();
    return arg;
}

int main(void)
{
    glib_load();
    race_two(first, second, NULL);
    MUST(counter == 2);
    return 0;
}
