/*
 * preload/wrap_memory.c - the wrappers of wrap_memory.def. See generate.h.
 */
#include "preload/generate.h"

#include <sys/syscall.h>

#include "base/sys.h"

/* Where the program's data ends now. */
static uintptr_t preload_break(void)
{
    return (uintptr_t)base_syscall(SYS_brk, 0, 0, 0, 0, 0, 0);
}

/* Bytes of a segment; 0: nobody knows. */
static size_t preload_segment(int id)
{
    struct shmid_ds facts;

    return base_syscall(SYS_shmctl, id, IPC_STAT, (long)&facts, 0, 0, 0) == 0 ? facts.shm_segsz : 0;
}

#include "preload/wrap_memory.def"
