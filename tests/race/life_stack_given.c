// Threads run one after the other on a stack that the program gives them; each is joined before the next.
// expect: none
#include "race.h"

#include <alloca.h>

enum { SIZE = 1 << 18 };

static __thread long own[8];
static char stack[SIZE] __attribute__((aligned(4096)));

NOINLINE static long deep(int depth)
{
    volatile char *room = alloca(64 + depth);

    room[0] = (char)depth;
    return depth ? deep(depth - 1) + room[0] : 0;
}

static void *child(void *arg)
{
    for (int i = 0; i < 8; i++)
        own[i] += i;
    MUST(deep(100) > 0);
    unseen_step();
    return arg;
}

static pthread_t begin(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    MUST(pthread_attr_init(&attr) == 0 && pthread_attr_setstack(&attr, stack, SIZE) == 0);
    MUST(pthread_create(&thread, &attr, child, NULL) == 0);
    MUST(pthread_attr_destroy(&attr) == 0);
    return thread;
}

int main(void)
{
    unseen_open();
    for (int i = 0; i < 20; i++)
        MUST(pthread_join(begin(), NULL) == 0);
    return 0;
}
