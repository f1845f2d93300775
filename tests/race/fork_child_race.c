// The race is in the forked child, which ends with the findings' status; the parent itself is clean.
// expect: data-race var=total in=add,add location=global
// exit: 0
#include "race.h"

#include <sys/wait.h>
#include <unistd.h>

static long total;

NOINLINE static void add(void)
{
    total++;
}

static void *early(void *arg)
{
    add();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    add();
    return arg;
}

int main(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        race_two(early, late, NULL);
        exit(0);
    }
    MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
    MUST(WIFEXITED(status));
    return 0;
}
