// A string is copied, and a counter in it raised by an atomic instruction, after the thread that ended had freed it.
// expect: heap-use-after-free in=copy,drop location=heap
// expect: heap-use-after-free in=raise_count,drop location=heap
#include "race.h"

static char *volatile text;
static int *volatile count;
static char room[64];

NOINLINE static void *drop(void *arg)
{
    free(text);
    free(count);
    return arg;
}

NOINLINE static void copy(void)
{
    memcpy(room, text, 24);
}

NOINLINE static void raise_count(void)
{
    __atomic_fetch_add(count, 1, __ATOMIC_SEQ_CST);
}

int main(void)
{
    pthread_t t;

    text = strcpy(malloc(40), "a string of some length");
    count = calloc(4, sizeof(*count));
    pthread_create(&t, NULL, drop, NULL);
    pthread_join(t, NULL);
    copy();
    raise_count();
    return 0;
}
