// Names that many programs carry order as well.
// expect: none
#include "race.h"

#define WEAK __attribute__((weak))
void AnnotateHappensBefore(const char *file, int line, const volatile void *p) WEAK;
void AnnotateHappensAfter(const char *file, int line, const volatile void *p) WEAK;

static volatile long shared;

NOINLINE static void first(void)
{
    shared++;
    if (AnnotateHappensBefore)
        AnnotateHappensBefore(__FILE__, __LINE__, &shared);
}

NOINLINE static void second(void)
{
    if (AnnotateHappensAfter)
        AnnotateHappensAfter(__FILE__, __LINE__, &shared);
    shared++;
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
