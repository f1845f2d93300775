// A wide text is changed and, by another thread, printed as the precision says.
// expect: data-race in=first,second var=name
#include "race.h"

#include <wchar.h>

static wchar_t name[16] = L"nobody";
static char text[64];

NOINLINE static void first(void)
{
    name[3] = L'x';
}

NOINLINE static void second(void)
{
    snprintf(text, sizeof(text), "%.4ls", name);
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
