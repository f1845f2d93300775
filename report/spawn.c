/*
 * report/spawn.c - see report/spawn.h.
 *
 *   host ──clone(VM, exit signal 0)──► supervisor ──clone(VM|VFORK, SIGCHLD)──► seance render
 *
 * Why two: a child that calls exec() gets exit signal SIGCHLD whatever it was cloned with (de_thread() in the
 * kernel's fs/exec.c), so the renderer as the host's own child would send SIGCHLD and be found by wait(-1). A
 * double fork would hand it to the host again where the host is pid 1 of a container or a subreaper. The
 * supervisor never calls exec: it sends no signal and only __WCLONE sees it. It shares the host's memory (which
 * costs nothing), has none of its descriptors, a session of its own, all signals blocked, and does nothing but
 * wait for the renderer.
 *
 * Neither task may touch TLS: it belongs to the host's thread. Raw system calls only.
 */
#include "report/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/sys.h"
#include "report/x86_64/clone.h"

enum {
    STACK = 16384,
    TARGETS = 6,
    SIGNALS = 64,
    MANY = 65536,
    WCLONE = (int)0x80000000,
    NOHANG = 1,
    STARTS = 8
};
enum { STARTING = 0, STARTED = 1, FAILED = 2 };

/* A supervisor whose renderer was given up still waits on its stack, so each start takes stacks of its own. */
static struct {
    char supervisor[STACK], renderer[STACK];
} stacks[STARTS] __attribute__((aligned(16)));
static unsigned starts;
static struct report_spawn job; /* read by the supervisor until `state` changes */
static uint32_t state;          /* futex: STARTING until the renderer runs or has failed; atomic */
static int failure;             /* errno, written before state */
static long supervisor;         /* pid, 0: none */

static long call3(long nr, long a, long b, long c)
{
    return base_syscall(nr, a, b, c, 0, 0, 0);
}

/* Handlers of the host must not run here, and an ignored signal would stay ignored over exec(). */
static void default_signals(void)
{
    struct {
        uintptr_t handler;
        unsigned long flags;
        uintptr_t restorer;
        uint64_t mask;
    } action = { 0, 0, 0, 0 };

    for (int sig = 1; sig <= SIGNALS; sig++)
        base_syscall(SYS_rt_sigaction, sig, (long)&action, 0, sizeof action.mask, 0, 0);
}

static void close_from(int first)
{
    if (call3(SYS_close_range, first, ~0u, 0) == 0)
        return;
    for (int fd = first; fd < MANY; fd++) /* before Linux 5.9 */
        base_sys_close(fd);
}

/* Puts job.fds at 0 to 5 and closes everything else. */
static void arrange_descriptors(void)
{
    int from[TARGETS];

    for (int i = 0; i < TARGETS; i++) /* first out of the way of the targets */
        from[i] = job.fds[i] < 0 ? -1 : (int)call3(SYS_fcntl, job.fds[i], F_DUPFD, 2 * TARGETS);
    for (int i = 0; i < TARGETS; i++) {
        if (from[i] >= 0)
            call3(SYS_dup3, from[i], i, 0);
        else
            base_sys_close(i);
    }
    close_from(TARGETS);
    for (int i = 0; i < 3; i++) { /* lowest free first */
        if (from[i] < 0)
            base_sys_open("/dev/null", O_RDWR, 0);
    }
}

static int renderer(void *arg)
{
    uint64_t none = 0;

    base_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none, 0, 0);
    failure = -(int)call3(SYS_execve, (long)job.path, (long)job.argv, (long)job.envp);
    return 127;
}

static void tell(uint32_t what)
{
    __atomic_store_n(&state, what, __ATOMIC_RELEASE); /* report_spawn_start() */
    base_sys_futex_wake(&state, 1);
}

static int supervise(void *arg)
{
    long child;

    default_signals();
    call3(SYS_setsid, 0, 0, 0);
    arrange_descriptors();
    failure = 0;
    child = report_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, (char *)arg + STACK, renderer, NULL);
    if (child < 0)
        failure = (int)-child;
    close_from(0);
    tell(failure ? FAILED : STARTED);
    if (child > 0)
        base_syscall(SYS_wait4, child, 0, 0, 0, 0, 0);
    return 0;
}

int report_spawn_start(const struct report_spawn *s)
{
    uint64_t mask, all = ~(uint64_t)0;
    unsigned slot = starts;

    if (slot == STARTS)
        return -EAGAIN;
    starts++;
    job = *s;
    __atomic_store_n(&state, STARTING, __ATOMIC_RELAXED);
    /* All signals: those that base_sys_block_signals() leaves open would run the host's handlers there. */
    base_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&mask, sizeof mask, 0, 0);
    supervisor =
        report_clone(CLONE_VM, stacks[slot].supervisor + STACK, supervise, stacks[slot].renderer);
    base_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0, 0);
    if (supervisor < 0) {
        int error = (int)supervisor;

        supervisor = 0;
        return error;
    }
    while (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == STARTING) /* tell() */
        base_sys_futex_wait(&state, STARTING);
    if (state == FAILED) {
        report_spawn_finish(1000);
        return failure ? -failure : -ECHILD;
    }
    return 0;
}

void report_spawn_finish(unsigned ms)
{
    struct timespec pause = { 0, 1000000 };

    for (unsigned waited = 0; supervisor > 0; waited++) {
        long got = base_syscall(SYS_wait4, supervisor, 0, (long)(unsigned)WCLONE | NOHANG, 0, 0, 0);

        if ((got != 0 && got != -EINTR) || waited >= ms)
            break;
        call3(SYS_nanosleep, (long)&pause, 0, 0);
    }
    supervisor = 0;
}

void report_spawn_forget(void)
{
    starts = 0;
    supervisor = 0;
}
