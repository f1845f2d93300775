// A wide text is copied over while another thread measures it, without a lock.
// expect: data-race in=first,second var=text
#include "race.h"

#include <wchar.h>

static wchar_t text[32];
static volatile size_t length;

NOINLINE static void first(void)
{
    wcscpy(text, L"wide");
}

NOINLINE static void second(void)
{
    length = wcslen(text);
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
