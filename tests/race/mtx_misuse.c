// Mutexes of C11: unlocked though not locked, destroyed while held.
// expect: mutex-misuse in=give_untaken
// expect: mutex-misuse in=tear_down,hold
#include "race.h"

#include <threads.h>

static mtx_t untaken, gone;

NOINLINE static void give_untaken(void)
{
    mtx_unlock(&untaken);
}

NOINLINE static void hold(void)
{
    mtx_lock(&gone);
}

NOINLINE static void tear_down(void)
{
    mtx_destroy(&gone);
}

int main(void)
{
    mtx_init(&untaken, mtx_plain);
    mtx_init(&gone, mtx_plain);
    give_untaken();
    hold();
    tear_down();
    return 0;
}
