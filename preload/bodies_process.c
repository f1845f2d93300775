/*
 * preload/bodies_process.c - fork, clone, and the ends of a process that run no exit handler.
 *
 * vfork is left alone: its child shares our memory, has another pid and is told by that.
 */
#include "preload/cold.h"
#include "preload/descriptors.h"
#include "preload/gate.h"
#include "preload/openmp.h"
#include "preload/stop.h"
#include "preload/thread.h"
#include "preload/uring.h"
#include "preload/waits.h"

#include <sched.h>
#include <stdarg.h>

#include "base/sys.h"
#include "report/report.h"
#include "rewrite/rewrite.h"

static void preload_fork_in_child(struct preload_tls *self, struct shadow_thread *t)
{
    uint64_t plane = self->in.plane;

    if (self->ndeferred) { /* they are the parent's, which will see them */
        self->ndeferred = 0;
        base_sys_restore_signals(&self->saved_mask);
    }
    preload_pid = base_sys_getpid();
    preload_thread_fork_child();
    preload_notify_fork_child();
    preload_descriptor_fork_child();
    preload_waits_fork_child();
    preload_uring_fork_child();
    preload_task_fork_child();
    preload_ompt_fork_child();
    preload_cold_fork_child();
    report_fork_child();
    shadow_fork_child(t);
    if (self->in.plane != plane)
        preload_thread_arm();
}

/* The one place where the depth stays raised over a real call: locks of ours are held meanwhile. */
static void preload_fork_prepare(void)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (!t || base_sys_getpid() != preload_pid)
        return;
    preload_enter(self);
    self->forking = true;
    shadow_fork_prepare(t);
    report_fork_prepare();
    rewrite_fork_prepare();
}

static void preload_fork_parent(void)
{
    struct preload_tls *self = preload_self();

    if (!self->forking)
        return;
    self->forking = false;
    rewrite_fork_done();
    report_fork_parent();
    shadow_fork_parent(self->thread);
    preload_leave(self);
}

static void preload_fork_child(void)
{
    struct preload_tls *self = preload_self();

    if (!self->forking)
        return;
    self->forking = false;
    rewrite_fork_done();
    preload_fork_in_child(self, self->thread);
    preload_leave(self);
}

/*
 * The handlers registered first run last before the fork and first after it: those of the program, which may wait for a
 * lock that a checked thread holds, find nobody stopped. Forks inside libc (daemon, forkpty) come this way too.
 */
int preload_fork_init(void)
{
    return -pthread_atfork(preload_fork_prepare, preload_fork_parent, preload_fork_child);
}

PRELOAD_EXPORT pid_t fork(void)
{
    if (preload_gate(preload_self()))
        preload_engage(PRELOAD_ROW_fork);
    return PRELOAD_REAL(fork)();
}

pid_t _Fork(void);

/* Runs no handlers. */
PRELOAD_EXPORT pid_t _Fork(void)
{
    pid_t pid;
    int saved;

    if (preload_gate(preload_self()))
        preload_engage(PRELOAD_ROW__Fork);
    preload_fork_prepare();
    pid = PRELOAD_REAL(_Fork)();
    saved = errno;
    if (pid == 0)
        preload_fork_child();
    else
        preload_fork_parent();
    errno = saved;
    return pid;
}

/* What the child of a clone() that shares no memory begins with; on the stack of who made it, of which it has a copy. */
struct preload_clone {
    int (*routine)(void *);
    void *arg;
};

static int preload_clone_run(void *arg)
{
    struct preload_clone c = *(const struct preload_clone *)arg;

    preload_fork_child();
    return preload_stop_status(c.routine(c.arg)); /* with which libc ends it at once */
}

/*
 * One that shares no memory is a fork that runs no handlers. One that does is left alone, as vfork is, and so is one with
 * another thread's storage.
 */
PRELOAD_EXPORT int clone(int (*routine)(void *), void *stack, int flags, void *arg, ...)
{
    struct preload_clone c = { routine, arg };
    int *parent_tid, *child_tid, pid, saved;
    void *tls;
    va_list ap;

    va_start(ap, arg);
    parent_tid = va_arg(ap, int *);
    tls = va_arg(ap, void *);
    child_tid = va_arg(ap, int *);
    va_end(ap);
    if (preload_gate(preload_self()))
        preload_engage(PRELOAD_ROW_clone);
    if (!routine || flags & (CLONE_VM | CLONE_SETTLS))
        return PRELOAD_REAL(clone)(routine, stack, flags, arg, parent_tid, tls, child_tid);
    preload_fork_prepare();
    pid = PRELOAD_REAL(clone)(preload_clone_run, stack, flags, &c, parent_tid, tls, child_tid);
    saved = errno;
    preload_fork_parent();
    errno = saved;
    return pid;
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
