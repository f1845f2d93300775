/*
 * preload/pipes.c - see preload/pipes.h. No state: a descriptor is asked for its kind each time, by one system call.
 */
#include "preload/pipes.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/sys.h"

/* Outside every address that a program can have. */
#define OBJECT (1ul << 63)

/* A number that stands for what the descriptor leads to; 0: nothing that orders. */
static uintptr_t object_of(int fd)
{
    struct stat st;

    if (base_syscall(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) != 0)
        return 0;
    if (S_ISFIFO(st.st_mode))
        return OBJECT | ((uintptr_t)st.st_ino ^ (uintptr_t)st.st_dev << 40) << 4;
    return (st.st_mode & S_IFMT) == 0 ? OBJECT | (uintptr_t)fd << 4 | 8 : 0;
}

void preload_pipes_release(struct shadow_thread *t, int fd)
{
    uintptr_t object = object_of(fd);

    if (object)
        shadow_release(t, object);
}

void preload_pipes_acquire(struct shadow_thread *t, int fd)
{
    uintptr_t object = object_of(fd);

    if (object)
        shadow_acquire(t, object);
}
