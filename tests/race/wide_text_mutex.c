// A wide text is copied over while another thread measures it, under a mutex.
// expect: none
#include "race.h"

#include <wchar.h>

static wchar_t text[32];
static volatile size_t length;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    wcscpy(text, L"wide");
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    length = wcslen(text);
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
