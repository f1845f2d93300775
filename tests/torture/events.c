/* Timers and descriptors: timer_create with threads and signals, signalfd, eventfd, sigwait, sigqueue, siginterrupt. */
#include "torture.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

static uint64_t fired;
static volatile sig_atomic_t got, value;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void in_thread(union sigval v)
{
    pthread_mutex_lock(&lock);
    fired += (uint64_t)v.sival_int;
    pthread_mutex_unlock(&lock);
}

static void queued(int sig, siginfo_t *info, void *context)
{
    got++;
    value = info->si_value.sival_int + (info->si_code == SI_QUEUE) + (info->si_pid == getpid());
}

static void timers(void)
{
    struct sigevent ev = { .sigev_notify = SIGEV_THREAD,
                           .sigev_notify_function = in_thread,
                           .sigev_value.sival_int = 3 };
    struct itimerspec soon = { { 0, 1000000 }, { 0, 1000000 } };
    uint64_t memory[32] = { 0 };
    timer_t t;

    timer_create(CLOCK_MONOTONIC, &ev, &t);
    timer_settime(t, 0, &soon, NULL);
    for (;;) {
        churn(memory, 32, 2);
        pthread_mutex_lock(&lock);
        if (fired >= 9)
            break;
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_unlock(&lock);
    timer_delete(t);
    say("timer threads %d\n", fired % 3 == 0);
}

static void descriptors(void)
{
    sigset_t set, old;
    struct signalfd_siginfo si;
    uint64_t n = 5;
    int sfd, efd = eventfd(0, 0), sig = 0;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_BLOCK, &set, &old);
    sfd = signalfd(-1, &set, 0);
    kill(getpid(), SIGUSR1);
    say("signalfd %zd", read(sfd, &si, sizeof(si)));
    say(" %u\n", si.ssi_signo);
    kill(getpid(), SIGUSR1);
    sigwait(&set, &sig);
    say("sigwait %d\n", sig);
    kill(getpid(), SIGSEGV);
    sigwait(&set, &sig);
    say("sigwait %d\n", sig);
    sigprocmask(SIG_SETMASK, &old, NULL);
    say("eventfd %zd ", write(efd, &n, 8));
    say("%zd ", read(efd, &n, 8));
    say("%d\n", (int)n);
    close(sfd);
    close(efd);
}

static void interrupted(void)
{
    int fd[2];
    char c;
    ssize_t n;

    if (pipe(fd) != 0)
        return;
    siginterrupt(SIGALRM, 1);
    signal(SIGALRM, (void (*)(int))(void *)queued);
    siginterrupt(SIGALRM, 1);
    tick(ITIMER_REAL, 3000);
    n = read(fd[0], &c, 1);
    tick(ITIMER_REAL, 0);
    say("read %zd %s\n", n, n < 0 ? strerror(errno) : "");
    signal(SIGALRM, SIG_DFL);
}

static void waiting(int sig)
{
    got++;
}

static void suspended(void)
{
    sigset_t block, none;

    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR2);
    sigprocmask(SIG_BLOCK, &block, NULL);
    signal(SIGUSR2, waiting);
    raise(SIGUSR2);
    say("suspend %d %d\n", sigsuspend(&none), errno == EINTR);
    raise(SIGUSR2);
    say("ppoll %d %d\n", ppoll(NULL, 0, NULL, &none), errno == EINTR);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
}

int main(void)
{
    timers();
    descriptors();
    on_signal(SIGRTMIN + 2, queued, 0);
    for (int i = 0; i < 5; i++)
        sigqueue(getpid(), SIGRTMIN + 2, (union sigval){ .sival_int = 40 + i });
    say("queued %d last %d\n", (int)got, (int)value);
    suspended();
    interrupted();
    return 0;
}
