// A text from strdup() is freed while another thread may read it, under a mutex.
// expect: none
#include "race.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char *text;
static volatile char seen;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    seen = text[0];
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    free(text);
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
    text = strdup("a text");
    MUST(text);
    race_two(early, late, NULL);
    return 0;
}
