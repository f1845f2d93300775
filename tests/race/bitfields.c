// Two threads set different bits of one byte: the update reads and writes the other one's bit too.
// expect: data-race var=connection in=mark_open,mark_busy location=global
#include "race.h"

static struct {
    unsigned open : 1;
    unsigned busy : 1;
} connection;

NOINLINE static void mark_open(void)
{
    connection.open = 1;
}

NOINLINE static void mark_busy(void)
{
    connection.busy = 1;
}

static void *early(void *arg)
{
    mark_open();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    mark_busy();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return connection.open && connection.busy ? 0 : 1;
}
