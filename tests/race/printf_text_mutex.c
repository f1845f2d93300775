// A text is changed and, by another thread, printed: the fifth argument, by its position, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char name[32] = "nobody";
static FILE *out;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    strcpy(name, "somebody");
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    fprintf(out, "%1$d %5$s %2$f %3$d %4$.3Lf\n", 1, 2.0, 3, 4.0L, name);
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
    out = fopen("/dev/null", "w");
    MUST(out);
    race_two(early, late, NULL);
    return 0;
}
