/* Rows of preload/wrap_kernel.def: descriptors, sockets, waits, queues, signals. */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wrap.h"

int fcntl64(int fd, int what, ...);
int __poll_chk(struct pollfd *p, nfds_t n, int ms, size_t room);
int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *limit, const sigset_t *mask,
                size_t room);
ssize_t sendfile64(int to, int from, off64_t *o, size_t n);
ssize_t __recvfrom_chk(int fd, void *b, size_t n, size_t room, int flags, struct sockaddr *a,
                       socklen_t *len);

static char back[64];

static void numbers(void)
{
    int ends[2], more[2], fd;

    MUST(pipe(ends) == 0 && pipe2(more, O_CLOEXEC) == 0);
    MUST((fd = dup(ends[1])) >= 0 && write(fd, "x", 1) == 1 && read(ends[0], back, 1) == 1);
    MUST(dup2(more[1], fd) == fd && dup3(more[1], ends[1], 0) == ends[1]);
    MUST(write(fd, "y", 1) == 1 && read(more[0], back, 1) == 1 && back[0] == 'y');
    MUST((fd = fcntl(more[1], F_DUPFD, 200)) >= 200 && fcntl64(fd, F_GETFD, 0) == 0);
    closefrom(200);
    MUST(fcntl(fd, F_GETFD) == -1);
    MUST(dup2(ends[0], 100) == 100 && close_range(100, 101, 0) == 0 && fcntl(100, F_GETFD) == -1);
    MUST(vmsplice(ends[1], &(struct iovec){ back, 2 }, 1, 0) == 2);
    MUST(tee(more[0], ends[1], 1, SPLICE_F_NONBLOCK) == -1);
    MUST(close(ends[0]) == 0 && close(ends[1]) == 0 && close(more[0]) == 0 && close(more[1]) == 0);
}

static void sockets(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(a);
    int s = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), d, e;
    struct iovec v = { back, 4 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
    struct mmsghdr several = { m, 0 };

    MUST(bind(s, (struct sockaddr *)&a, len) == 0 && listen(s, 2) == 0);
    MUST(getsockname(s, (struct sockaddr *)&a, &len) == 0);
    MUST(connect(c, (struct sockaddr *)&a, len) == 0 && (d = accept(s, NULL, NULL)) >= 0);
    MUST(sendmsg(c, &m, 0) == 4 && recvmsg(d, &m, 0) == 4);
    MUST(sendmmsg(c, &several, 1, 0) == 1 && recvmmsg(d, &several, 1, 0, NULL) == 1);
    MUST(send(c, back, 4, 0) == 4 && __recvfrom_chk(d, back, 4, 64, 0, NULL, NULL) == 4);
    MUST(shutdown(c, SHUT_WR) == 0 && recv(d, back, 1, 0) == 0);
    MUST((e = socket(AF_INET, SOCK_STREAM, 0)) >= 0 && connect(e, (struct sockaddr *)&a, len) == 0);
    MUST(close(d) == 0 && (d = accept4(s, NULL, NULL, 0)) >= 0);
    MUST(close(s) == 0 && close(c) == 0 && close(d) == 0 && close(e) == 0);
}

static void streams(void)
{
    FILE *f = tmpfile();
    off_t at = 0;
    off64_t at64 = 0;
    int ends[2];

    MUST(f && pipe(ends) == 0 && fputs("text", f) >= 0 && fflush(f) == 0);
    flockfile(f);
    MUST(ftrylockfile(f) == 0);
    funlockfile(f);
    funlockfile(f);
    MUST(sendfile(ends[1], fileno(f), &at, 2) == 2 &&
         sendfile64(ends[1], fileno(f), &at64, 2) == 2);
    MUST(splice(ends[0], NULL, fileno(f), &at64, 2, 0) == 2);
    MUST(fclose(f) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void waiting(void)
{
    struct itimerspec now = { .it_value = { 0, 1 } };
    struct timespec limit = { 1, 0 };
    struct timeval time = { 1, 0 };
    struct epoll_event event = { EPOLLIN, { .fd = 3 } };
    int fd = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), old = epoll_create(1),
        ep = epoll_create1(0);
    struct pollfd p = { fd, POLLIN, 0 };
    eventfd_t value = 0;
    fd_set set;

    MUST(fd >= 0 && timer >= 0 && old >= 0 && ep >= 0 &&
         timerfd_settime(timer, 0, &now, NULL) == 0);
    MUST(eventfd_write(fd, 3) == 0 && poll(&p, 1, 0) == 1 && ppoll(&p, 1, &limit, NULL) == 1);
    MUST(__poll_chk(&p, 1, 0, sizeof(p)) == 1 && __ppoll_chk(&p, 1, &limit, NULL, sizeof(p)) == 1);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    MUST(select(fd + 1, &set, NULL, NULL, &time) == 1 &&
         pselect(fd + 1, &set, NULL, NULL, &limit, NULL) == 1);
    MUST(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event) == 0);
    MUST(epoll_wait(ep, &event, 1, 0) == 1 && epoll_pwait(ep, &event, 1, 0, NULL) == 1);
    epoll_pwait2(ep, &event, 1, &limit, NULL); /* kernels before 5.11 have none */
    MUST(eventfd_read(fd, &value) == 0 && value == 3);
    MUST(close(fd) == 0 && close(timer) == 0 && close(old) == 0 && close(ep) == 0);
}

static void queues(void)
{
    struct mq_attr attributes = { .mq_maxmsg = 2, .mq_msgsize = 8 };
    struct timespec until = soon(CLOCK_REALTIME), limit = { 1, 0 };
    struct {
        long type;
        char text[4];
    } m = { 1, "abc" };
    struct sembuf up = { 0, 1, 0 }, down = { 0, -1, 0 };
    mqd_t q = mq_open("/seance-wrap", O_CREAT | O_RDWR, 0600, &attributes);
    int msg = msgget(IPC_PRIVATE, 0600), sem = semget(IPC_PRIVATE, 1, 0600);

    MUST(q != (mqd_t)-1 && mq_unlink("/seance-wrap") == 0 && mq_notify(q, NULL) == 0);
    MUST(mq_send(q, "a", 1, 0) == 0 && mq_timedsend(q, "b", 1, 0, &until) == 0);
    MUST(mq_receive(q, back, 8, NULL) == 1 && mq_timedreceive(q, back, 8, NULL, &until) == 1);
    MUST(mq_close(q) == 0 && msgsnd(msg, &m, 4, 0) == 0 && msgrcv(msg, &m, 4, 0, 0) == 4);
    MUST(semctl(sem, 0, SETVAL, 1) == 0 && semop(sem, &up, 1) == 0 &&
         semtimedop(sem, &down, 1, &limit) == 0 && semctl(sem, 0, GETVAL) == 1);
    MUST(msgctl(msg, IPC_RMID, NULL) == 0 && semctl(sem, 0, IPC_RMID) == 0);
}

static void asynchronous(void)
{
    FILE *f = tmpfile();
    struct aiocb a = { .aio_fildes = fileno(f), .aio_buf = back, .aio_nbytes = 4 };
    struct aiocb *list[] = { &a };
    const struct aiocb *wait[] = { &a };

    MUST(aio_write(&a) == 0);
    while (aio_error(&a) == EINPROGRESS)
        MUST(aio_suspend(wait, 1, NULL) == 0);
    MUST(aio_return(&a) == 4);
    a.aio_lio_opcode = LIO_WRITE;
    MUST(aio_read(&a) == 0 && aio_suspend(wait, 1, NULL) == 0 && aio_fsync(O_SYNC, &a) == 0);
    MUST(aio_suspend(wait, 1, NULL) == 0 && lio_listio(LIO_WAIT, list, 1, NULL) == 0);
    MUST(fclose(f) == 0);
}

static void sending(void)
{
    struct timespec limit = { 1, 0 };
    union sigval value = { 1 };
    siginfo_t info;
    sigset_t set, old;
    int got;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(pthread_sigmask(SIG_BLOCK, &set, &old) == 0);
    MUST(kill(getpid(), SIGUSR1) == 0 && sigwait(&set, &got) == 0);
    MUST(raise(SIGUSR1) == 0 && sigwaitinfo(&set, &info) == SIGUSR1);
    MUST(pthread_kill(pthread_self(), SIGUSR1) == 0 &&
         sigtimedwait(&set, &info, &limit) == SIGUSR1);
    MUST(tgkill(getpid(), gettid(), SIGUSR1) == 0 && sigwait(&set, &got) == 0);
    MUST(sigqueue(getpid(), SIGUSR1, value) == 0 && sigwait(&set, &got) == 0);
    MUST(pthread_sigqueue(pthread_self(), SIGUSR1, value) == 0 &&
         (got = signalfd(-1, &set, 0)) >= 0);
    MUST(read(got, back, 64) == -1 && close(got) == 0 && sigwait(&set, &got) == 0);
    MUST(killpg(getpgrp(), 0) == 0 && pthread_sigmask(SIG_SETMASK, &old, NULL) == 0);
}

static void timers(void)
{
    struct itimerspec never = { 0 };
    struct itimerval none = { 0 };
    struct sigevent event = { .sigev_notify = SIGEV_NONE };
    timer_t timer;

    MUST(alarm(0) == 0 && setitimer(ITIMER_REAL, &none, NULL) == 0);
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    MUST(timer_settime(timer, 0, &never, NULL) == 0 && timer_delete(timer) == 0);
}

void wrap_kernel(void)
{
    numbers();
    sockets();
    streams();
    waiting();
    queues();
    asynchronous();
    sending();
    timers();
    MUST(syscall(SYS_gettid) == gettid() && syscall(SYS_kill, getpid(), 0) == 0);
}
