/* fork, signals, and the ends of a process: those in a vfork'ed child, which shares our memory. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wrap.h"

pid_t _Fork(void);
void (*__sysv_signal(int sig, void (*handler)(int)))(int);
void (*sysv_signal(int sig, void (*handler)(int)))(int);

static void must_end(pid_t pid, int status)
{
    int got;

    MUST(pid > 0 && waitpid(pid, &got, 0) == pid && WIFEXITED(got) && WEXITSTATUS(got) == status);
}

static void ends(void)
{
    pid_t pid = vfork();

    if (pid == 0)
        _exit(4);
    must_end(pid, 4);
    pid = vfork();
    if (pid == 0)
        _Exit(5);
    must_end(pid, 5);
    pid = vfork();
    if (pid == 0)
        quick_exit(6);
    must_end(pid, 6);
}

static int end_as(void *status)
{
    return *(int *)status;
}

static void forks(void)
{
    static char stack[1 << 16] __attribute__((aligned(16)));
    int status = 9;
    pid_t pid = fork();

    if (pid == 0)
        exit(7);
    must_end(pid, 7);
    pid = _Fork();
    if (pid == 0)
        _exit(8);
    must_end(pid, 8);
    must_end(clone(end_as, stack + sizeof(stack), SIGCHLD, &status), 9);
}

static volatile sig_atomic_t caught;

static void count(int sig)
{
    caught++;
}

static void signals(void)
{
    struct sigaction act = { .sa_handler = count }, old;

    MUST(sigaction(SIGUSR1, &act, NULL) == 0);
    MUST(raise(SIGUSR1) == 0 && caught == 1);
    MUST(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == count);
    MUST(signal(SIGUSR1, SIG_DFL) == count && signal(SIGUSR1, count) == SIG_DFL);
    MUST(raise(SIGUSR1) == 0 && raise(SIGUSR1) == 0 && caught == 3);
    MUST(__sysv_signal(SIGUSR1, count) == count);
    MUST(raise(SIGUSR1) == 0 && caught == 4);
    MUST(sysv_signal(SIGUSR1, SIG_IGN) == SIG_DFL);
}

/* SIGSEGV stays unblocked underneath; the program must not see that. */
static void masks(void)
{
    sigset_t segv, old, now;

    sigemptyset(&segv);
    sigaddset(&segv, SIGSEGV);
    MUST(sigprocmask(SIG_BLOCK, &segv, &old) == 0 && sigismember(&old, SIGSEGV) == 0);
    MUST(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGSEGV) == 1);
    MUST(pthread_sigmask(SIG_SETMASK, &old, NULL) == 0);
    MUST(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGSEGV) == 0);
}

void wrap_processes(void)
{
    ends();
    forks();
    signals();
    masks();
}
