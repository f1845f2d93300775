// What a program keeps by a descriptor's number is written once more after the descriptor was closed, when another thread may have
// the number.
// expect: data-race var=kept in=keep,keep location=global
// allow: data-race var=kept in=keep,keep
#include <sys/eventfd.h>
#include <unistd.h>

#include "race.h"

static int kept[64], number;

NOINLINE static void keep(int fd, int value)
{
    kept[fd] = value;
}

static void *early(void *arg)
{
    int fd = eventfd(0, 0);

    MUST(fd >= 0 && fd < 64);
    number = fd;
    close(fd);
    keep(fd, 1);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    int fd;

    unseen_until(1);
    fd = eventfd(0, 0);
    MUST(fd == number);
    keep(fd, 2);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return kept[number] == 2 ? 0 : 1;
}
