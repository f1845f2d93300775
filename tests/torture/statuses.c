/* How processes end: raise, kill, abort, faults, _exit, quick_exit, exit handlers and their order. */
#include "torture.h"
#include <sys/resource.h>

static void bye(void)
{
    say("atexit 1\n");
}
static void bye2(void)
{
    say("atexit 2\n");
}
static void quick(void)
{
    say("quick\n");
}
static void leave(int sig)
{
    say("leaving on %d\n", sig);
    _exit(21);
}

int main(int argc, char **argv)
{
    static const int deaths[] = { SIGTERM, SIGKILL, SIGSEGV, SIGBUS, SIGFPE,
                                  SIGILL,  SIGUSR1, SIGPIPE, SIGTRAP };
    struct rlimit none = { 0, 0 };
    volatile int *null = (int *)(uintptr_t)(argc - 1);

    setrlimit(RLIMIT_CORE, &none);
    for (unsigned i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
        IN_CHILD("raise", raise(deaths[i]));
        IN_CHILD("kill", kill(getpid(), deaths[i]));
    }
    IN_CHILD("abort", abort());
    IN_CHILD("abort caught", signal(SIGABRT, leave); abort());
    IN_CHILD("null", *null = 1);
    IN_CHILD("ud2", __builtin_trap());
    IN_CHILD("segv handler", signal(SIGSEGV, leave); *null = 1);
    IN_CHILD("once", struct sigaction a = { .sa_handler = SIG_IGN }; sigaction(SIGSEGV, &a, NULL);
             raise(SIGSEGV));
    IN_CHILD("_exit", atexit(bye); _exit(5));
    IN_CHILD("_Exit", atexit(bye); _Exit(6));
    IN_CHILD("exit", atexit(bye); atexit(bye2); exit(7));
    IN_CHILD("quick_exit", atexit(bye); at_quick_exit(quick); quick_exit(8));
    IN_CHILD("high", exit(300));
    atexit(bye);
    atexit(bye2);
    at_quick_exit(quick);
    return 9;
}
