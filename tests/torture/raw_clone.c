/* Threads that no library made: clone(CLONE_VM) with the parent's TLS while it waits, and with zeroed TLS of their own. */
#include "torture.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>

struct job {
    uint64_t memory[64], h;
    int done;
};

static int work(void *arg)
{
    struct job *j = arg;

    j->h = churn(j->memory, 64, 20);
    __atomic_store_n(&j->done, 1, __ATOMIC_SEQ_CST);
    return 0;
}

static uint64_t run(int flags, void *tls, int spin)
{
    char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct job *j = calloc(1, sizeof(*j));
    uint64_t mine[64] = { 3 }, h;
    int pid = clone(work, stack + (1 << 16) - 256, flags | SIGCHLD, j, NULL, tls, NULL);

    if (spin)
        for (int i = 0; i < 200; i++)
            churn(mine, 64, 1);
    waitpid(pid, NULL, __WALL);
    h = mix(j->h, mine[7]);
    say("done %d\n", j->done);
    free(j);
    munmap(stack, 1 << 16);
    return h;
}

int main(void)
{
    char *tls = mmap(NULL, 1 << 17, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t *block = (uintptr_t *)(tls + (1 << 16));

    block[0] = (uintptr_t)block; /* the thread pointer points to itself */
    block[2] = (uintptr_t)block;
    say("waiting %llx\n", (unsigned long long)run(CLONE_VM | CLONE_VFORK, NULL, 0));
    say("own TLS %llx\n",
        (unsigned long long)run(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SETTLS, block, 1));
    say("fork %llx\n", (unsigned long long)run(0, NULL, 1));
    return 0;
}
