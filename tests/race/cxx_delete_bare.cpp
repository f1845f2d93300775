// An object is deleted while another thread may look at it.
// expect: heap-use-after-free in=first,second location=heap
// allow: data-race
#include "race.h"

struct session {
    long number = 7;
    char name[40] = "";
};

static session *shared;
static volatile long seen;

NOINLINE static void first(void)
{
    delete shared;
}

NOINLINE static void second(void)
{
    seen = shared->number;
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
    shared = new session;
    race_two(early, late, nullptr);
    return 0;
}
