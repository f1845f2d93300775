// A line is overwritten while another thread scans it, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char line[32] = "1 2";
static int a, b;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    strcpy(line, "3 4");
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    MUST(sscanf(line, "%d %d", &a, &b) == 2);
    pthread_mutex_unlock(&guard);
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
