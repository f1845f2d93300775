// The only thread goes on using a block that it has freed.
// expect: heap-use-after-free in=main,drop location=heap
// expect: heap-use-after-free in=total,drop location=heap
#include "race.h"

struct order {
    struct order *next;
    int price[6];
};

static struct order *volatile kept;

NOINLINE static void drop(struct order *o)
{
    free(o);
}

NOINLINE static int total(const struct order *o)
{
    return o->price[2] + o->price[3];
}

int main(void)
{
    struct order *o = calloc(1, sizeof(*o));
    volatile int sum;

    o->price[2] = 5;
    sum = total(o);
    kept = o;
    drop(o);
    sum += total(kept);
    kept->price[4] = 1;
    return sum < 0;
}
