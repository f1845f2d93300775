/*
 * rewrite/code.c - memory for code: mapped twice, or opened for the moment of a write.
 */
#include "rewrite/code.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/sys.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1u
#endif
#define MFD_EXEC_FLAG                                                                              \
    0x10u /* MFD_EXEC, Linux 6.3: said aloud where the default is not to be executable */

/* A page that reads 0 in a forked child. Without it (before Linux 4.14) the process id tells. */
static uint32_t *mark;
static bool wiped;
static int pid;
static uint32_t family;

static void new_family(void)
{
    if (!mark) {
        mark = base_sys_pages(CODE_PAGE);
        wiped = mark && base_sys_madvise((uintptr_t)mark, CODE_PAGE, MADV_WIPEONFORK) == 0;
    }
    if (mark)
        *mark = 1;
    pid = base_sys_getpid();
    family++;
}

uint32_t code_family(void)
{
    if (!family || (wiped ? *mark == 0 : base_sys_getpid() != pid))
        new_family();
    return family;
}

static int open_pages(size_t size)
{
    int fd = base_sys_memfd_create("seance-code", MFD_CLOEXEC | MFD_EXEC_FLAG);

    if (fd == -EINVAL)
        fd = base_sys_memfd_create("seance-code", MFD_CLOEXEC);
    if (fd >= 0 && base_sys_ftruncate(fd, (int64_t)size) < 0) {
        base_sys_close(fd);
        return -ENOSPC;
    }
    return fd;
}

static bool map_twice(struct code_memory *c, uintptr_t at, size_t size, int fd)
{
    uintptr_t rw =
        base_sys_mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    uintptr_t rx;

    if (base_sys_failed(rw))
        return false;
    rx = base_sys_mmap(at, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd,
                       0);
    if (base_sys_failed(rx)) {
        base_sys_munmap(rw, size);
        return false;
    }
    c->alias = (intptr_t)(rw - at);
    return true;
}

int code_map(struct code_memory *c, uintptr_t at, size_t size)
{
    int fd = open_pages(size);
    bool twice = fd >= 0 && map_twice(c, at, size, fd);

    if (fd >= 0)
        base_sys_close(fd);
    c->at = at;
    c->size = size;
    c->family = code_family();
    if (twice)
        return 0;
    c->alias = 0;
    at = base_sys_mmap(at, size, PROT_READ | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return base_sys_failed(at) ? (int)(intptr_t)at : 0;
}

bool code_map_again(const struct code_memory *c, uintptr_t at)
{
    /* An old size of 0 duplicates a shared mapping, mremap(2). */
    return c->alias &&
           !base_sys_failed((uintptr_t)base_syscall(SYS_mremap, (long)c->at, 0, (long)c->size,
                                                    MREMAP_MAYMOVE | MREMAP_FIXED, (long)at, 0));
}

void code_unmap(struct code_memory *c)
{
    if (c->alias)
        base_sys_munmap(c->at + (uintptr_t)c->alias, c->size);
    base_sys_munmap(c->at, c->size);
}

static int protect(uintptr_t lo, uintptr_t hi, int prot)
{
    lo &= ~(CODE_PAGE - 1);
    hi = (hi + CODE_PAGE - 1) & ~(CODE_PAGE - 1);
    return base_sys_mprotect(lo, hi - lo, prot);
}

int code_open_text(uintptr_t lo, uintptr_t hi)
{
    return protect(lo, hi, PROT_READ | PROT_WRITE | PROT_EXEC);
}

int code_close_text(uintptr_t lo, uintptr_t hi)
{
    return protect(lo, hi, PROT_READ | PROT_EXEC);
}

int code_open(const struct code_memory *c, uintptr_t at, size_t len)
{
    return c->alias || !len ? 0 : code_open_text(at, at + len);
}

void code_close(const struct code_memory *c, uintptr_t at, size_t len)
{
    if (!c->alias && len)
        code_close_text(at, at + len);
}
