/*
 * base/sys.c - the raw system calls of base/sys.h.
 *
 * Called from anywhere, signal handlers included: no locks, no state, no libc, errno untouched.
 */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

enum { SIGSET_BYTES = 8 /* the kernel's sigset_t, not libc's */, WRITE_SECONDS = 2, PAGE = 4096 };

static long call1(long nr, long a)
{
    return base_syscall(nr, a, 0, 0, 0, 0, 0);
}

static long call3(long nr, long a, long b, long c)
{
    return base_syscall(nr, a, b, c, 0, 0, 0);
}

static size_t mapped; /* atomic */

uintptr_t base_sys_mmap(uintptr_t addr, size_t len, int prot, int flags, int fd, int64_t off)
{
    uintptr_t at = (uintptr_t)base_syscall(SYS_mmap, (long)addr, (long)len, prot, flags, fd, off);

    if (!base_sys_failed(at))
        __atomic_fetch_add(&mapped, len, __ATOMIC_RELAXED);
    return at;
}

size_t base_sys_mapped(void)
{
    return __atomic_load_n(&mapped, __ATOMIC_RELAXED);
}

void *base_sys_pages(size_t size)
{
    uintptr_t at = base_sys_mmap(0, size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base_sys_failed(at))
        return NULL;
    base_sys_madvise(at, size, MADV_DONTDUMP);
    return (void *)at;
}

int base_sys_munmap(uintptr_t addr, size_t len)
{
    int ret = (int)call3(SYS_munmap, (long)addr, (long)len, 0);

    if (ret == 0)
        __atomic_fetch_sub(&mapped, len, __ATOMIC_RELAXED);
    return ret;
}

int base_sys_mprotect(uintptr_t addr, size_t len, int prot)
{
    return (int)call3(SYS_mprotect, (long)addr, (long)len, prot);
}

int base_sys_madvise(uintptr_t addr, size_t len, int advice)
{
    return (int)call3(SYS_madvise, (long)addr, (long)len, advice);
}

static void populate(const void *at, size_t len, int advice)
{
    uintptr_t lo = (uintptr_t)at & ~(uintptr_t)(PAGE - 1);

    if (len)
        base_sys_madvise(lo, (uintptr_t)at + len - lo, advice);
}

void base_sys_populate(const void *at, size_t len)
{
    populate(at, len, MADV_POPULATE_WRITE);
}

void base_sys_populate_read(const void *at, size_t len)
{
    populate(at, len, MADV_POPULATE_READ);
}

int base_sys_memfd_create(const char *name, unsigned flags)
{
    return (int)call3(SYS_memfd_create, (long)name, (long)flags, 0);
}

/*
 * A pipe without a reader and a file at RLIMIT_FSIZE answer with SIGPIPE and SIGXFSZ to the calling thread. The call was
 * ours, so the host must not see them: they are held back, and taken away if the call has failed that way. One that
 * the host has blocked and pending already stays.
 */
struct quiet {
    uint64_t mask, pending;
};

static const uint64_t quiet_set = (uint64_t)1 << (SIGPIPE - 1) | (uint64_t)1 << (SIGXFSZ - 1);

static void quiet_begin(struct quiet *q)
{
    base_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (long)&quiet_set, (long)&q->mask, SIGSET_BYTES, 0,
                 0);
    if (base_syscall(SYS_rt_sigpending, (long)&q->pending, SIGSET_BYTES, 0, 0, 0, 0) < 0)
        q->pending = quiet_set;
}

static long quiet_end(const struct quiet *q, long result)
{
    uint64_t ours = quiet_set & ~q->pending;
    struct timespec none = { 0, 0 };

    if (result == -EPIPE || result == -EFBIG)
        base_syscall(SYS_rt_sigtimedwait, (long)&ours, 0, (long)&none, SIGSET_BYTES, 0, 0);
    base_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&q->mask, 0, SIGSET_BYTES, 0, 0);
    return result;
}

int base_sys_ftruncate(int fd, int64_t len)
{
    struct quiet q;

    quiet_begin(&q);
    return (int)quiet_end(&q, call3(SYS_ftruncate, fd, len, 0));
}

int base_sys_open(const char *path, int flags, int mode)
{
    return (int)base_syscall(SYS_openat, AT_FDCWD, (long)path, flags, mode, 0, 0);
}

int base_sys_close(int fd)
{
    return (int)call1(SYS_close, fd);
}

int64_t base_sys_read(int fd, void *buf, size_t len)
{
    return call3(SYS_read, fd, (long)buf, (long)len);
}

/* The host may have made its end of a pipe non-blocking: waits a while for a slow reader. */
static bool writable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    struct timespec limit = { WRITE_SECONDS, 0 };

    return base_syscall(SYS_ppoll, (long)&p, 1, (long)&limit, 0, SIGSET_BYTES, 0) > 0;
}

static int write_all(int fd, const char *from, size_t len)
{
    while (len > 0) {
        long wrote = call3(SYS_write, fd, (long)from, (long)len);

        if (wrote == -EINTR || (wrote == -EAGAIN && writable(fd)))
            continue;
        if (wrote < 0)
            return (int)wrote;
        if (wrote == 0)
            return -EIO; /* a device that takes nothing would keep us here for ever */
        from += wrote;
        len -= (size_t)wrote;
    }
    return 0;
}

int base_sys_write_all(int fd, const void *buf, size_t len)
{
    struct quiet q;

    if (fd < 0)
        return -EBADF;
    quiet_begin(&q);
    return (int)quiet_end(&q, write_all(fd, buf, len));
}

int64_t base_sys_readlink(const char *path, char *buf, size_t len)
{
    return base_syscall(SYS_readlinkat, AT_FDCWD, (long)path, (long)buf, (long)len, 0, 0);
}

int base_sys_getpid(void)
{
    return (int)call1(SYS_getpid, 0);
}

int base_sys_gettid(void)
{
    return (int)call1(SYS_gettid, 0);
}

/* proc(5): a directory of directories has a link for each. */
unsigned base_sys_threads(void)
{
    struct stat st;
    long err = base_syscall(SYS_newfstatat, AT_FDCWD, (long)"/proc/self/task", (long)&st, 0, 0, 0);

    return err < 0 || st.st_nlink < 2 ? 0 : (unsigned)st.st_nlink - 2;
}

uint64_t base_sys_now(void)
{
    struct timespec now = { 0, 0 };

    call3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int base_sys_futex_wait(const uint32_t *word, uint32_t expected)
{
    return (int)call3(SYS_futex, (long)word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, (long)expected);
}

int base_sys_futex_wake(const uint32_t *word, int count)
{
    return (int)call3(SYS_futex, (long)word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count);
}

void base_sys_yield(void)
{
    call1(SYS_sched_yield, 0);
}

/* The kernel numbers a mask's bits from signal 1. */
static uint64_t bit(int sig)
{
    return (uint64_t)1 << (sig - 1);
}

void base_sys_block_signals(uint64_t *old)
{
    /* A synchronous fault that is blocked kills the process without a word: leave those open. */
    uint64_t all = ~(bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL) | bit(SIGTRAP));

    base_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)old, SIGSET_BYTES, 0, 0);
}

void base_sys_restore_signals(const uint64_t *old)
{
    base_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)old, 0, SIGSET_BYTES, 0, 0);
}

_Noreturn void base_sys_exit_group(int status)
{
    for (;;)
        call1(SYS_exit_group, status);
}
