// A vforked child writes to memory that another thread of its parent writes to.
// expect: data-race in=first,second var=told
#include "race.h"

#include <sys/wait.h>
#include <unistd.h>

static volatile int told;

NOINLINE static void first(void)
{
    told = 1;
}

NOINLINE static void second(void)
{
    told = 2;
}

static void *early(void *arg)
{
    int status;
    pid_t pid = vfork();

    if (pid == 0) {
        first();
        _exit(0);
    }
    MUST(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
