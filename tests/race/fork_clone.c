// Children of clone() that share no memory, made while another thread works in the detector.
// expect: none
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "race.h"

#define CHILDREN 30

static long counter;
static int enough;

static void *count(void *arg)
{
    while (!__atomic_load_n(&enough, __ATOMIC_ACQUIRE))
        __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
    return arg;
}

static int child(void *arg)
{
    long *own = calloc(64, sizeof(*own));

    for (int i = 0; i < 1000; i++)
        own[i % 64] += __atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST);
    free(own);
    return arg ? 5 : 6;
}

int main(void)
{
    static char stack[1 << 17] __attribute__((aligned(64)));
    pthread_t t = race_start(count, NULL);
    int status, pid;

    for (int i = 0; i < CHILDREN; i++) {
        pid = clone(child, stack + sizeof(stack), SIGCHLD, &status);
        MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
        MUST(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    }
    __atomic_store_n(&enough, 1, __ATOMIC_RELEASE);
    pthread_join(t, NULL);
    return 0;
}
