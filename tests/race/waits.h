/* A thread that is told of a byte orders after its writer, before it reads the byte and where it never does. See handover.h. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "handover.h"

static int polled[2], ppolled[2], selected[2], pselected[2], edge, watcher, node_watcher,
    node_pair[2], hung[2], signals, timer;
static struct node {
    int fd;
} node;

static void wait_poll(int fd, int masked)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    struct timespec limit = { 20, 0 };

    MUST((masked ? ppoll(&p, 1, &limit, NULL) : poll(&p, 1, 20000)) == 1 && p.revents);
}

static void wait_select(int fd, int masked)
{
    struct timespec limit = { 20, 0 };
    struct timeval time = { 20, 0 };
    fd_set set;

    FD_ZERO(&set);
    FD_SET(fd, &set);
    MUST((masked ? pselect(fd + 1, &set, NULL, NULL, &limit, NULL)
                 : select(fd + 1, &set, NULL, NULL, &time)) == 1);
}

/* Nobody reads this eventfd: the edge is all there is. */
static void wait_edge(void)
{
    struct epoll_event got[4];

    MUST(epoll_wait(watcher, got, 4, 20000) == 1);
}

/* The event leads to what the other thread made ready before it asked for it. */
static void ask(void)
{
    struct epoll_event event = { EPOLLOUT | EPOLLONESHOT, { .ptr = &node } };

    MUST(epoll_ctl(node_watcher, EPOLL_CTL_ADD, node_pair[0], &event) == 0);
}

static void wait_asked(void)
{
    struct epoll_event got;

    MUST(epoll_pwait(node_watcher, &got, 1, 20000, NULL) == 1 && got.data.ptr == &node);
}

static void wait_signal(void)
{
    struct signalfd_siginfo info;

    MUST(read(signals, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR1);
}

static void arm(void)
{
    struct itimerspec soon = { .it_value = { 0, 1000 } };

    MUST(timerfd_settime(timer, 0, &soon, NULL) == 0);
}

static void wait_timer(void)
{
    uint64_t times;

    MUST(read(timer, &times, 8) == 8);
}

HANDOVER(poll, MUST(write(polled[1], "x", 1) == 1), wait_poll(polled[0], 0))
HANDOVER(ppoll, MUST(write(ppolled[1], "x", 1) == 1), wait_poll(ppolled[0], 1))
HANDOVER(hangup, close(hung[1]), wait_poll(hung[0], 0))
HANDOVER(select, MUST(write(selected[1], "x", 1) == 1), wait_select(selected[0], 0))
HANDOVER(pselect, MUST(write(pselected[1], "x", 1) == 1), wait_select(pselected[0], 1))
HANDOVER(edge, MUST(eventfd_write(edge, 1) == 0), wait_edge())
HANDOVER(asked, ask(), wait_asked())
HANDOVER(signalfd, MUST(kill(getpid(), SIGUSR1) == 0), wait_signal())
HANDOVER(timerfd, arm(), wait_timer())

int main(void)
{
    struct epoll_event event = { EPOLLIN | EPOLLET, { .u64 = 0x123456789a } };
    sigset_t set;

    unseen_open();
    MUST(pipe(polled) == 0 && pipe(ppolled) == 0 && pipe(selected) == 0 && pipe(pselected) == 0 &&
         pipe(hung) == 0);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, node_pair) == 0);
    edge = eventfd(0, 0);
    watcher = epoll_create1(0);
    node_watcher = epoll_create1(0);
    MUST(epoll_ctl(watcher, EPOLL_CTL_ADD, edge, &event) == 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    signals = signalfd(-1, &set, 0);
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    RUN(poll);
    RUN(ppoll);
    RUN(hangup);
    RUN(select);
    RUN(pselect);
    RUN(edge);
    RUN(asked);
    RUN(signalfd);
    RUN(timerfd);
    return 0;
}
