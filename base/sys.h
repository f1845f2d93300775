/*
 * base/sys.h - raw system calls for code that lives inside a host process.
 *
 * Nothing here goes through libc: a host may interpose any libc function, and errno belongs to it.
 * Every call returns what the kernel returned: a value, or -errno. Signal-safe, no locks.
 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/x86_64/syscall.h"

/* mmap(2); on failure the value is -errno, test it with base_sys_failed(). */
uintptr_t base_sys_mmap(uintptr_t addr, size_t len, int prot, int flags, int fd, int64_t off);
/* Bytes that base_sys_mmap() mapped and base_sys_munmap() did not unmap: at most this much of the process is ours. */
size_t base_sys_mapped(void);
/* size bytes of zeroed private memory of our own, committed as it is touched; NULL where the kernel refuses. */
void *base_sys_pages(size_t size);
int base_sys_munmap(uintptr_t addr, size_t len);
int base_sys_mprotect(uintptr_t addr, size_t len, int prot);
int base_sys_madvise(uintptr_t addr, size_t len, int advice);
/* Has the pages of [at, at + len) ready to be written, or to be read, in one call instead of a fault for each. Nothing
 * happens on kernels before 5.14. */
void base_sys_populate(const void *at, size_t len);
void base_sys_populate_read(const void *at, size_t len);
int base_sys_memfd_create(const char *name, unsigned flags);
int base_sys_ftruncate(int fd, int64_t len);
int base_sys_open(const char *path, int flags, int mode);
int base_sys_close(int fd);
int64_t base_sys_read(int fd, void *buf, size_t len);
/* Writes all of buf, resuming after EINTR and short writes; 0 or -errno. Raises neither SIGPIPE nor SIGXFSZ, nor
 * does base_sys_ftruncate(). */
int base_sys_write_all(int fd, const void *buf, size_t len);
int64_t base_sys_readlink(const char *path, char *buf, size_t len);
int base_sys_getpid(void);
int base_sys_gettid(void);
/* How many threads the process has, also such as libc knows nothing of; 0: there is no /proc. */
unsigned base_sys_threads(void);
/* Monotonic clock, nanoseconds. */
uint64_t base_sys_now(void);
int base_sys_futex_wait(const uint32_t *word, uint32_t expected);
int base_sys_futex_wake(const uint32_t *word, int count);
void base_sys_yield(void);
/* Blocks every signal of this thread (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP excepted); the old mask goes
 * to *old (64 bits, the kernel's sigset). */
void base_sys_block_signals(uint64_t *old);
void base_sys_restore_signals(const uint64_t *old);
_Noreturn void base_sys_exit_group(int status);

/* True if a value returned by base_sys_mmap() is an error. */
static inline bool base_sys_failed(uintptr_t value)
{
    return value >= (uintptr_t)-4095;
}

#endif
