// A joinable thread ends and nobody joins it: a warning, which leaves the exit status alone.
// expect: thread-leak in=start_and_forget
#include "race.h"

static void *child(void *arg)
{
    unseen_step();
    return arg;
}

NOINLINE static void start_and_forget(void)
{
    race_start(child, NULL);
}

int main(void)
{
    unseen_open();
    start_and_forget();
    unseen_until(1);
    unseen_nap(20000);
    return 0;
}
