// A thread-local mark, set and read without a fence, and membarrier(2) in place of it.
// expect: none
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "race.h"

static __thread volatile int busy;
static long cell;

NOINLINE static void use(void)
{
    busy = 1;
    cell++;
    busy = 0;
}

NOINLINE static void reclaim(void)
{
    MUST(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
    cell = -1;
}

static void *reader(void *arg)
{
    use();
    unseen_step();
    unseen_until(2);
    return arg;
}

static void *writer(void *arg)
{
    unseen_until(1);
    reclaim();
    unseen_step();
    return arg;
}

int main(void)
{
    MUST(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0);
    race_two(reader, writer, NULL);
    return 0;
}
