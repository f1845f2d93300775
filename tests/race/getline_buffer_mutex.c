// A line is read into a buffer that another thread looks at, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char *line;
static size_t room;
static FILE *in;
static volatile char seen;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    MUST(getline(&line, &room, in) > 0);
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    seen = line[0];
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
    in = tmpfile();
    MUST(in && fputs("a line\n", in) >= 0);
    rewind(in);
    race_two(early, late, NULL);
    return 0;
}
