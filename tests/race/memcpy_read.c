// One thread copies out of a buffer that another one writes into by plain stores.
// expect: data-race in=copy_out,write_cell var=source location=global
#include "race.h"

static long source[8];
static long copy[8];

NOINLINE static void copy_out(size_t bytes)
{
    memcpy(copy, source, bytes);
}

NOINLINE static void write_cell(int index)
{
    source[index] = 1;
}

static void *early(void *arg)
{
    write_cell(5);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    volatile size_t bytes = sizeof copy;

    unseen_until(1);
    copy_out(bytes);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return copy[5] == 1 ? 0 : 1;
}
