/*
 * preload/bodies_process.c - fork, and the ends of a process that run no exit handler.
 *
 * vfork is left alone: its child shares our memory, has another pid and is told by that.
 */
#include "preload/cold.h"
#include "preload/gate.h"
#include "preload/stop.h"
#include "preload/thread.h"

#include "base/sys.h"
#include "report/report.h"

static void preload_fork_in_child(struct preload_tls *self, struct shadow_thread *t)
{
    uint64_t plane = self->in.plane;

    if (self->ndeferred) { /* they are the parent's, which will see them */
        self->ndeferred = 0;
        base_sys_restore_signals(&self->saved_mask);
    }
    preload_pid = base_sys_getpid();
    preload_thread_fork_child();
    report_fork_child();
    shadow_fork_child(t);
    if (self->in.plane != plane)
        preload_thread_arm();
}

/* The one place where the depth stays raised over a real call: locks of ours are held meanwhile. */
static pid_t preload_fork(struct shadow_thread *t, pid_t (*real)(void))
{
    struct preload_tls *self = preload_self();
    pid_t pid;
    int saved;

    preload_enter(self);
    shadow_fork_prepare(t);
    report_fork_prepare();
    pid = real();
    saved = errno;
    if (pid == 0) {
        preload_fork_in_child(self, t);
    } else {
        report_fork_parent();
        shadow_fork_parent(t);
    }
    preload_leave(self);
    errno = saved;
    return pid;
}

PRELOAD_EXPORT pid_t fork(void)
{
    struct shadow_thread *t = preload_gate(preload_self());

    if (!t || base_sys_getpid() != preload_pid)
        return PRELOAD_REAL(fork)();
    preload_engage(PRELOAD_ROW_fork);
    return preload_fork(t, PRELOAD_REAL(fork));
}

pid_t _Fork(void);

PRELOAD_EXPORT pid_t _Fork(void)
{
    struct shadow_thread *t = preload_gate(preload_self());

    if (!t || base_sys_getpid() != preload_pid)
        return PRELOAD_REAL(_Fork)();
    preload_engage(PRELOAD_ROW__Fork);
    return preload_fork(t, PRELOAD_REAL(_Fork));
}

PRELOAD_EXPORT void _exit(int status)
{
    preload_engage(PRELOAD_ROW__exit);
    base_sys_exit_group(preload_stop_status(status));
}

PRELOAD_EXPORT void _Exit(int status)
{
    preload_engage(PRELOAD_ROW__Exit);
    base_sys_exit_group(preload_stop_status(status));
}

PRELOAD_EXPORT void quick_exit(int status)
{
    preload_engage(PRELOAD_ROW_quick_exit);
    preload_stop_note_quick(status);
    PRELOAD_REAL(quick_exit)(status);
    __builtin_unreachable();
}
