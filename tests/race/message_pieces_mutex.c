// A message is received into a buffer that another thread reads, under a mutex.
// expect: none
#include "race.h"

#include <sys/socket.h>
#include <sys/uio.h>

static char body[64];
static int ends[2];
static volatile char seen;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void first(void)
{
    pthread_mutex_lock(&guard);
    struct iovec v = { body, sizeof(body) };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

    MUST(recvmsg(ends[1], &m, 0) == 4);
    pthread_mutex_unlock(&guard);
}

NOINLINE static void second(void)
{
    pthread_mutex_lock(&guard);
    seen = body[0];
    pthread_mutex_unlock(&guard);
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
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0 && send(ends[0], "body", 4, 0) == 4);
    race_two(early, late, NULL);
    return 0;
}
