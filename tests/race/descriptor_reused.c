// What a program keeps by a descriptor's number: written by one thread before it closes the descriptor, and by another one that
// gets the same number from the kernel.
// expect: none
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
    keep(fd, 1);
    close(fd);
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
