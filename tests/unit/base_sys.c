/* Raw system calls: values, -errno, errno left alone, signal masks. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"

Test(base_sys, failures_come_back_as_minus_errno)
{
    errno = 4711;
    cr_assert_eq(base_sys_open("/no/such/file", O_RDONLY, 0), -ENOENT);
    cr_assert_eq(base_sys_close(-1), -EBADF);
    cr_assert(base_sys_failed(base_sys_mmap(1, 4096, PROT_READ, 0, -1, 0)));
    cr_assert_eq(base_sys_munmap(1, 4096), -EINVAL);
    cr_assert_eq(base_sys_write_all(-1, "a", 1), -EBADF);
    cr_assert_eq(errno, 4711);
}

Test(base_sys, memory)
{
    uintptr_t at = base_sys_mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    cr_assert_not(base_sys_failed(at));
    cr_assert_eq(base_sys_mprotect(at, 8192, PROT_READ | PROT_WRITE), 0);
    *(char *)at = 1;
    cr_assert_eq(base_sys_madvise(at, 8192, MADV_DONTNEED), 0);
    cr_assert_eq(*(char *)at, 0);
    cr_assert_eq(base_sys_munmap(at, 8192), 0);
}

Test(base_sys, a_memfd_holds_what_is_written)
{
    int fd = base_sys_memfd_create("test", 0);
    char buf[8] = "";

    cr_assert_geq(fd, 0);
    cr_assert_eq(base_sys_write_all(fd, "seance", 6), 0);
    cr_assert_eq(base_sys_ftruncate(fd, 3), 0);
    lseek(fd, 0, SEEK_SET);
    cr_assert_eq(base_sys_read(fd, buf, sizeof buf), 3);
    cr_assert_str_eq(buf, "sea");
    cr_assert_eq(base_sys_close(fd), 0);
}

static void *drain(void *fd)
{
    static char buf[65536];

    for (long n, i = 0; (n = read((int)(long)fd, buf, i++ ? sizeof buf : 1)) > 0;)
        usleep(10);
    return NULL;
}

Test(base_sys, write_all_survives_short_writes)
{
    static char big[1 << 20];
    int ends[2];
    pthread_t reader;

    cr_assert_eq(pipe(ends), 0);
    pthread_create(&reader, NULL, drain, (void *)(long)ends[0]);
    cr_assert_eq(base_sys_write_all(ends[1], big, sizeof big), 0);
    close(ends[1]);
    pthread_join(reader, NULL);
}

Test(base_sys, identities_and_clock)
{
    char path[256];
    uint64_t before = base_sys_now();

    cr_assert_eq(base_sys_getpid(), getpid());
    cr_assert_eq(base_sys_gettid(), gettid());
    usleep(1000);
    cr_assert_geq(base_sys_now() - before, 1000000);
    cr_assert_gt(base_sys_readlink("/proc/self/exe", path, sizeof path), 0);
    base_sys_yield();
}

Test(base_sys, futexes)
{
    uint32_t word = 1;

    cr_assert_eq(base_sys_futex_wait(&word, 2), -EAGAIN);
    cr_assert_eq(base_sys_futex_wake(&word, 1), 0);
}

static volatile int handled;

static void on_signal(int sig)
{
    handled = sig;
}

Test(base_sys, blocked_signals_wait_for_the_restore)
{
    uint64_t old;
    sigset_t now;

    signal(SIGUSR1, on_signal);
    base_sys_block_signals(&old);
    raise(SIGUSR1);
    cr_assert_eq(handled, 0);
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    cr_assert_not(sigismember(&now, SIGSEGV));
    cr_assert(sigismember(&now, SIGTERM));
    base_sys_restore_signals(&old);
    cr_assert_eq(handled, SIGUSR1);
}

Test(base_sys, exit_group_ends_the_process)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        base_sys_exit_group(7);
    waitpid(child, &status, 0);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 7);
}
