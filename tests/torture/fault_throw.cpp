// flags: -fnon-call-exceptions -fasynchronous-unwind-tables
// An exception out of a SIGSEGV and a SIGFPE handler, caught around the faulting instruction.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <vector>

struct Fault {
    int sig;
};
static int cleaned;
struct Clean {
    ~Clean() { cleaned++; }
};

static void handler(int sig, siginfo_t *, void *)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    throw Fault{sig};
}

static __attribute__((noinline)) long load(volatile long *p, volatile int *by)
{
    Clean c;
    long sum = 0;
    for (int i = 0; i < 4; i++)
        sum += p[i] / *by;
    return sum;
}

int main()
{
    struct sigaction act = {};
    act.sa_sigaction = handler;
    act.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &act, nullptr);
    sigaction(SIGFPE, &act, nullptr);
    std::vector<long> good{4, 8, 12, 16};
    int two = 2, zero = 0, segv = 0, fpe = 0;
    long sum = 0;
    for (int i = 0; i < 60; i++)
        try {
            sum += load(i % 3 == 0 ? (long *)(8L * i) : good.data(), i % 3 == 1 ? &zero : &two);
        } catch (Fault &f) {
            (f.sig == SIGSEGV ? segv : fpe)++;
        }
    printf("sum %ld segv %d fpe %d cleaned %d\n", sum, segv, fpe, cleaned);
    return 0;
}
