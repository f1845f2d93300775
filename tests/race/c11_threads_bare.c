// A counter bumped bare by two C11 threads.
// expect: data-race var=total in=add,add location=global
#include <threads.h>

#include "race.h"

static long total;

NOINLINE static void add(void)
{
    total++;
}

static int early(void *arg)
{
    (void)arg;
    add();
    unseen_step();
    return 0;
}

static int late(void *arg)
{
    (void)arg;
    unseen_until(1);
    add();
    return 0;
}

int main(void)
{
    thrd_t a, b;

    unseen_open();
    MUST(thrd_create(&a, early, NULL) == thrd_success);
    MUST(thrd_create(&b, late, NULL) == thrd_success);
    thrd_join(a, NULL);
    thrd_join(b, NULL);
    return total == 2 ? 0 : 1;
}
