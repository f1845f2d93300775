// The first of five hundred detached threads writes, and the last one, long after its end, too.
// main, which joins nobody, reads what the last one wrote.
// expect: data-race var=total in=add,add location=global
// expect: data-race var=total in=main,add location=global
#include "race.h"

static long total;

NOINLINE static void add(void)
{
    total++;
}

static void *writes(void *arg)
{
    add();
    unseen_step();
    return arg;
}

static void *idles(void *arg)
{
    unseen_step();
    return arg;
}

int main(void)
{
    unseen_open();
    for (long i = 0; i < 500; i++) {
        race_body *body = i == 0 || i == 499 ? writes : idles;

        pthread_detach(race_start(body, NULL));
        unseen_until(i + 1);
    }
    return total == 2 ? 0 : 1;
}
