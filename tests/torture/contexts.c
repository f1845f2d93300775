/* Handlers that change the context they return to: skip an instruction, set registers; nested; once; no deferral. */
#include "torture.h"
#include <ucontext.h>

static volatile int depth, most, calls;
static uint64_t cells[32];

static void skip(int sig, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

    calls++;
    r[REG_RAX] = 1000 + calls;
    r[REG_RIP] += 3; /* mov (%rcx),%rax */
}

static NOINLINE uint64_t load_skipped(uint64_t *at)
{
    uint64_t out;

    __asm__ volatile("movq (%1),%0" : "=a"(out) : "c"(at) : "memory");
    return out;
}

static void repair(int sig, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

    calls++;
    for (int i = 0; i < 16; i++)
        if (r[i] == 0x1a8 && i != REG_RSP)
            r[i] = (greg_t)&cells[3];
}

static NOINLINE uint64_t load_repaired(void)
{
    uint64_t out = 0x1a8;

    __asm__ volatile("movq (%0),%0\n\taddq $5,%0" : "+r"(out)::"memory", "cc");
    return out;
}

static NOINLINE uint64_t flags_kept(uint64_t *at)
{
    uint64_t out;
    uint8_t carry;

    __asm__ volatile("stc\n\tmovq (%2),%0\n\tsetc %1"
                     : "=a"(out), "=q"(carry)
                     : "c"(at)
                     : "memory", "cc");
    return out * 2 + carry;
}

static void nest(int sig, siginfo_t *info, void *context)
{
    depth++;
    most = depth > most ? depth : most;
    cells[depth % 32]++;
    if (sig == SIGUSR1 && depth < 5)
        raise(SIGUSR1);
    if (sig == SIGUSR2 && depth < 9)
        raise(SIGUSR1);
    depth--;
}

static void show(int sig, siginfo_t *info, void *context)
{
    say("signal %d code %d\n", sig, info->si_code);
}

static void masks(void)
{
    sigset_t all, old, pending;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    raise(SIGUSR1);
    raise(SIGSEGV);
    sigpending(&pending);
    say("pending %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGSEGV));
    say("churn %llx\n", (unsigned long long)churn(cells, 32, 2));
    pthread_sigmask(SIG_SETMASK, &old, &all);
    say("blocked %d %d %d\n", sigismember(&all, SIGUSR1), sigismember(&all, SIGSEGV),
        sigismember(&all, SIGSTKFLT));
}

static void once_only(void)
{
    struct sigaction now;

    on_signal(SIGUSR2, show, (int)SA_RESETHAND);
    raise(SIGUSR2);
    sigaction(SIGUSR2, NULL, &now);
    say("reset %d\n", now.sa_handler == SIG_DFL);
    on_signal(SIGSEGV, show, (int)SA_RESETHAND);
    raise(SIGSEGV);
    sigaction(SIGSEGV, NULL, &now);
    say("reset %d flags %x\n", now.sa_handler == SIG_DFL, (unsigned)now.sa_flags & 0xffffff);
}

int main(void)
{
    cells[3] = 37;
    on_signal(SIGSEGV, skip, 0);
    for (int i = 0; i < 50; i++)
        cells[0] += load_skipped((uint64_t *)8) + flags_kept((uint64_t *)64);
    say("skipped %d %llu\n", calls, (unsigned long long)cells[0]);
    on_signal(SIGSEGV, repair, 0);
    for (int i = 0; i < 50; i++)
        cells[0] += load_repaired();
    say("repaired %d %llu\n", calls, (unsigned long long)cells[0]);
    on_signal(SIGUSR1, nest, SA_NODEFER);
    on_signal(SIGUSR2, nest, 0);
    raise(SIGUSR2);
    say("nested %d\n", most);
    on_signal(SIGSEGV, show, 0);
    on_signal(SIGUSR1, show, 0);
    masks();
    once_only();
    return 0;
}
