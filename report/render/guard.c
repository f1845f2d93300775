/*
 * report/render/guard.c - render_guard(): libdw on untrusted files, with a way out of loops and crashes.
 *
 * The process has one thread, so glibc's malloc takes no lock that a jump could leave held. What the work had
 * allocated is leaked; the module is not touched again.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "report/render/symbols.h"

enum { SECONDS = 15, STACK = 65536 };

static sigjmp_buf out;
static volatile sig_atomic_t inside;

static void escape(int sig)
{
    if (!inside)
        _exit(1);
    inside = 0;
    siglongjmp(out, 1);
}

static void install(void)
{
    static const int signals[] = { SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL };
    static char other[STACK];
    static bool done;
    stack_t alternate = { .ss_sp = other, .ss_size = sizeof other };
    struct sigaction action;

    if (done)
        return;
    done = true;
    memset(&action, 0, sizeof action);
    action.sa_handler = escape;
    action.sa_flags = SA_ONSTACK; /* debug information that nests too deep ends the stack */
    sigaltstack(&alternate, NULL);
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

bool render_guard(void (*work)(void *arg), void *arg)
{
    install();
    if (sigsetjmp(out, 1)) {
        alarm(0);
        return false;
    }
    inside = 1;
    alarm(SECONDS);
    work(arg);
    alarm(0);
    inside = 0;
    return true;
}
