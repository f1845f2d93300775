/* setjmp and longjmp: out of calls, of SIGSEGV and SIGALRM handlers, with and without the mask, many times. */
#include "torture.h"

static sigjmp_buf place;
static volatile sig_atomic_t hits;
static uint64_t memory[64];

static NOINLINE int deep(jmp_buf at, int n)
{
    volatile char pad[64];

    memset((char *)pad, n, sizeof(pad));
    if (n == 0)
        longjmp(at, 7);
    return deep(at, n - 1) + pad[n % 64];
}

static void plain(void)
{
    volatile int turns = 0;
    jmp_buf at;

    if (setjmp(at) == 7)
        turns++;
    if (turns < 1000)
        deep(at, turns % 50);
    say("longjmp %d\n", turns);
}

static void fault(int sig, siginfo_t *info, void *context)
{
    hits++;
    memory[hits % 64] += (uintptr_t)info->si_addr;
    siglongjmp(place, sig);
}

static NOINLINE uint64_t poke(volatile uint64_t *at, int i)
{
    return i & 1 ? *at : (*at = (uint64_t)i);
}

static void faults(int flags, int save)
{
    static const uintptr_t bad[] = { 0,
                                     16,
                                     0xfff,
                                     0x7ffffffff000,
                                     0x250000000000,
                                     0x800000000000,
                                     0xffff800000000000,
                                     0xfffffffffffffff8 };
    volatile uint64_t sum = 0;

    on_signal(SIGSEGV, fault, flags);
    hits = 0;
    for (volatile int i = 0; i < 400; i++)
        if (sigsetjmp(place, save) == 0)
            sum += poke((uint64_t *)bad[i % 8], i / 8);
        else
            sum = mix(sum, churn(memory, 64, 1));
    say("faults %d sum %llx\n", (int)hits, (unsigned long long)sum);
}

static void alarmed(int sig, siginfo_t *info, void *context)
{
    hits++;
    siglongjmp(place, 1);
}

static void alarms(void)
{
    uint64_t mine[32];

    on_signal(SIGALRM, alarmed, 0);
    hits = 0;
    tick(ITIMER_REAL, 900);
    sigsetjmp(place, 1);
    while (hits < 60) {
        memset(mine, 1, sizeof(mine));
        if (churn(mine, 32, 3) != 0x5 && mine[3] == 0)
            say("never\n");
    }
    tick(ITIMER_REAL, 0);
    memset(mine, 1, sizeof(mine));
    say("alarms %llx\n", (unsigned long long)churn(mine, 32, 3));
}

int main(void)
{
    plain();
    faults(0, 1);
    faults(SA_NODEFER, 0);
    alarms();
    return 3;
}
