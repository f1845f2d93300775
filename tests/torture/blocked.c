/* Memory outside the usual areas, touched with SIGSEGV blocked, in handlers that block all, and in its own handler. */
#include "torture.h"

static const uintptr_t places[] = { 0x10000000,   0x100000000,    0x1234567000,   0x200000000000,
                                    0x4000000000, 0x2f0000001000, 0x260000000000, 0x2e0000000000 };
static uint64_t *maps[8];
static volatile uint64_t sum;
static volatile int calls;

static NOINLINE void touch(int base)
{
    for (int i = 0; i < 8; i++)
        if (maps[i])
            sum = mix(sum, churn(maps[i] + base, 16, 2));
}

static void handler(int sig, siginfo_t *info, void *context)
{
    calls++;
    touch(16 * (sig % 20));
    if (sig == SIGSEGV && info->si_code > 0)
        mprotect((void *)((uintptr_t)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
}

static void install(int sig)
{
    struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

    sigfillset(&act.sa_mask);
    sigaction(sig, &act, NULL);
}

int main(void)
{
    sigset_t set, old;
    uint64_t *guarded = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (int i = 0; i < 8; i++) {
        uint64_t *at = mmap((void *)places[i], 1 << 16, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

        say("map %lx: %s\n", places[i], at == (void *)places[i] ? "there" : strerror(errno));
        maps[i] = at == MAP_FAILED ? NULL : at;
    }
    touch(600);
    install(SIGSEGV);
    install(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGSEGV);
    guarded[5] = 7;
    say("calls %d sum %llx %d\n", calls, (unsigned long long)sum, (int)guarded[5]);
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, &old);
    touch(700);
    sigprocmask(SIG_BLOCK, NULL, &set);
    say("segv blocked %d, stkflt %d\n", sigismember(&set, SIGSEGV), sigismember(&set, SIGSTKFLT));
    IN_CHILD("blocked fault", *(volatile int *)(uintptr_t)(calls - calls + 8) = 1);
    sigprocmask(SIG_SETMASK, &old, NULL);
    say("calls %d sum %llx\n", calls, (unsigned long long)sum);
    signal(SIGSEGV, SIG_IGN);
    raise(SIGSEGV);
    IN_CHILD("ignored fault", *(volatile int *)(uintptr_t)(calls - calls + 8) = 1);
    signal(SIGSEGV, SIG_DFL);
    return 0;
}
