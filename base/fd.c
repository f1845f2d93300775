/*
 * base/fd.c - see base/fd.h. No state, no locks.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/sys.h"

struct base_fd base_fd_note(int fd)
{
    struct stat st;

    if (fd < 0 || base_syscall(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) != 0)
        return (struct base_fd){ .fd = -1 };
    return (struct base_fd){ fd, st.st_dev, st.st_ino };
}

bool base_fd_still(const struct base_fd *f)
{
    struct base_fd now = base_fd_note(f->fd);

    return now.fd >= 0 && now.dev == f->dev && now.ino == f->ino;
}

int base_fd_copy_high(int fd)
{
    static const int floors[] = { 900, 200, 3 };
    long copy = -EMFILE;

    for (unsigned i = 0; i < sizeof floors / sizeof *floors && copy < 0; i++)
        copy = base_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, floors[i], 0, 0, 0);
    return (int)copy;
}

int base_fd_raise(int fd)
{
    int copy = base_fd_copy_high(fd);

    if (copy < 0)
        return fd;
    base_sys_close(fd);
    return copy;
}
