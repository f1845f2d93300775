/* Who sends a signal comes before its handler, and before who waits for it. See handover.h. */
#define _GNU_SOURCE
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "handover.h"

static pthread_t target;
static volatile sig_atomic_t came;
static timer_t timer;

static void on_signal(int sig)
{
    came = sig;
}

/* Without a pause of its own: what orders is the handler. */
static void wait_handler(void)
{
    while (!came)
        unseen_nap(100);
    came = 0;
}

static void wait_for(int sig, int how)
{
    struct timespec limit = { 20, 0 };
    siginfo_t info;
    sigset_t set;
    int got = 0;

    sigemptyset(&set);
    sigaddset(&set, sig);
    MUST(how == 0
             ? sigwait(&set, &got) == 0
             : (got = how == 1 ? sigwaitinfo(&set, &info) : sigtimedwait(&set, NULL, &limit)) > 0);
    MUST(got == sig);
}

static void set_timer(void)
{
    struct itimerspec soon = { .it_value = { 0, 1000 } };

    MUST(timer_settime(timer, 0, &soon, NULL) == 0);
}

static void queue_value(void)
{
    union sigval value = { 5 };

    MUST(sigqueue(getpid(), SIGRTMIN + 1, value) == 0);
}

/* Only the late thread takes this one. */
static void open_to(int sig)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, sig);
    MUST(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
}

HANDOVER(handler, MUST(kill(getpid(), SIGUSR1) == 0), (open_to(SIGUSR1), wait_handler()))
HANDOVER(wait, MUST(kill(getpid(), SIGUSR2) == 0), wait_for(SIGUSR2, 0))
HANDOVER(info, queue_value(), wait_for(SIGRTMIN + 1, 1))
HANDOVER(timed, MUST(pthread_kill(target, SIGHUP) == 0), wait_for(SIGHUP, 2))
HANDOVER(timer, set_timer(), wait_for(SIGRTMIN + 2, 0))

int main(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2 };
    struct sigaction act = { .sa_handler = on_signal };
    sigset_t all;

    unseen_open();
    MUST(sigaction(SIGUSR1, &act, NULL) == 0);
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    RUN(handler);
    RUN(wait);
    RUN(info);
    RUN(timer);
    {
        pthread_t second = race_start(late_timed, NULL), first;

        target = second;
        first = race_start(early_timed, NULL);
        MUST(pthread_join(first, NULL) == 0 && pthread_join(second, NULL) == 0 &&
             payload_timed == 42);
    }
    return 0;
}
