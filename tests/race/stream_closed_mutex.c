// A stream is closed while another thread may write to it, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static FILE *out;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    MUST(fputs("early\n", out) >= 0);
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    MUST(fclose(out) == 0);
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
    out = tmpfile();
    MUST(out);
    race_two(early, late, NULL);
    return 0;
}
