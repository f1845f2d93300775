// A piece of a vector is written out while another thread fills it, without a lock.
// expect: data-race in=first,second var=body
#include "race.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

static char head[8] = "head", body[64];
static int out;

NOINLINE static void first(void)
{
    strcpy(body, "body");
}

NOINLINE static void second(void)
{
    struct iovec v[2] = { { head, 4 }, { body, 4 } };

    MUST(pwritev(out, v, 2, 0) == 8);
}

static void *early(void *arg)
{
    first();
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
    char name[] = "/tmp/race-iovec-XXXXXX";

    out = mkstemp(name);
    MUST(out >= 0 && unlink(name) == 0);
    race_two(early, late, NULL);
    return 0;
}
