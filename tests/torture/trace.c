/* flags: -rdynamic -fno-optimize-sibling-calls -fno-inline
 * Backtraces from checked code, from a synchronous and an asynchronous signal handler: the same functions' names. */
#include "torture.h"
#include <dlfcn.h>
#include <execinfo.h>
#include <unwind.h>

static volatile int strange, samples;
uint64_t memory[64];

static const char *name_of(void *pc)
{
    Dl_info info;

    return dladdr(pc, &info) && info.dli_sname ? info.dli_sname : NULL;
}

/* Only this program's functions: the C library's own differ between runs of no interest. */
static void show(const char *what)
{
    void *pcs[60];
    int n = backtrace(pcs, 60);

    say("%s:", what);
    for (int i = 0; i < n; i++) {
        const char *name = name_of((char *)pcs[i] - 1);

        if (name && strncmp(name, "t_", 2) == 0)
            say(" %s", name);
    }
    say("\n");
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *c, void *depth)
{
    const char *name = name_of((char *)_Unwind_GetIP(c) - 1);

    if (name && strcmp(name, "t_outer") == 0)
        ++*(int *)depth;
    return _URC_NO_REASON;
}

void t_handler(int sig, siginfo_t *info, void *context)
{
    int found = 0;

    if (sig == SIGSEGV) {
        show("fault");
        mprotect((void *)((uintptr_t)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
        return;
    }
    samples++;
    _Unwind_Backtrace(visit, &found);
    strange += found != 1;
}

NOINLINE uint64_t t_inner(uint64_t *at, int n)
{
    uint64_t h = 0;

    for (int i = 0; i < n; i++)
        h += at[i % 64] = h + (uint64_t)i;
    if (n == 3)
        show("inner");
    return h;
}

NOINLINE uint64_t t_middle(uint64_t *at, int n)
{
    return t_inner(at, n) + 1;
}
NOINLINE uint64_t t_outer(uint64_t *at, int n)
{
    return t_middle(at, n) + 1;
}

int main(void)
{
    uint64_t *guarded = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), h = 0;

    show("start");
    h += t_outer(memory, 3);
    on_signal(SIGSEGV, t_handler, 0);
    h += t_outer(guarded, 5);
    on_signal(SIGPROF, t_handler, SA_RESTART);
    for (int i = 0; i < 300; i++)
        h += t_outer(memory, 300);
    tick(ITIMER_PROF, 1000);
    while (samples < 60)
        h += t_outer(memory, 100000) & 1;
    tick(ITIMER_PROF, 0);
    say("stacks without main's callee: %s\n", strange <= 6 ? "few" : "many");
    return 0;
}
