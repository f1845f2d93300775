/*
 * tests/differential/handler.c - the signal handlers of the host. Has unwind tables, so it is rewritten.
 */
#include "host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

extern const char __start_slots[], __stop_slots[], __executable_start[], etext[];

static volatile uint64_t place_slot, place_round, ticks, strange;
static uint64_t work[64];

void handler_place(uint64_t slot, uint64_t round)
{
    place_slot = slot;
    place_round = round;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    char line[200];
    int n = snprintf(
        line, sizeof(line), "signal %d in slot %llu round %llu, slots%+lld, address %p\n", sig,
        (unsigned long long)place_slot, (unsigned long long)place_round,
        (long long)(uc->uc_mcontext.gregs[REG_RIP] - (greg_t)__start_slots), info->si_addr);

    if (write(2, line, (size_t)n) < 0)
        _exit(5);
    _exit(4);
}

/* Everything of a handler's own may be used here; what it interrupted must not notice. A pc that lies in a slot, or
 * elsewhere in the program or its libraries, is all that a program may see. */
static void on_tick(int sig, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    uintptr_t pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];

    for (int i = 0; i < 64; i++)
        work[i] = work[i] * 3 + work[(i + 7) % 64] + (uint64_t)ticks;
    ticks++;
    if ((pc < (uintptr_t)__executable_start || pc >= (uintptr_t)__stop_slots + (1 << 20)) &&
        pc < 0x7ff800000000)
        strange++;
}

static void set_timer(int us)
{
    struct itimerval every = { { 0, us }, { 0, us } };

    setitimer(ITIMER_REAL, &every, NULL);
}

static void handle(int sig, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction act = { .sa_sigaction = handler,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

    sigemptyset(&act.sa_mask);
    sigaction(sig, &act, NULL);
}

void handler_install(bool timer)
{
    static char stack[65536];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };

    sigaltstack(&alternate, NULL);
    handle(SIGSEGV, on_fault);
    handle(SIGBUS, on_fault);
    handle(SIGILL, on_fault);
    handle(SIGFPE, on_fault);
    handle(SIGTRAP, on_fault);
    handle(SIGALRM, on_tick);
    if (timer)
        set_timer(500);
}

void handler_stop(void)
{
    set_timer(0);
}

int handler_status(void)
{
    if (strange)
        fprintf(stderr, "%llu of %llu signals at a pc outside the program\n",
                (unsigned long long)strange, (unsigned long long)ticks);
    return strange ? 3 : 0;
}
