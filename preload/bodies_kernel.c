/*
 * preload/bodies_kernel.c - variadic functions of wrap_kernel.def, and system calls that a program makes by number.
 *
 * A futex: a wake releases, a wait acquires; and the kernel reads the word of a wait as an atomic load does, so that the
 * word's own order holds for who finds it changed. Locks made by hand are told by their LOCK and XCHG instructions already;
 * what is added here is the sleeper that is woken without a look at the word.
 *
 * A membarrier stands for the fences that the other threads leave out (user-space RCU, hazard pointers): theirs are plain
 * stores, to thread-local variables even, which nothing tells from any other.
 */
#include "preload/gate.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "preload/descriptors.h"
#include "preload/edges.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

uintptr_t preload_mq(int queue)
{
    struct stat st;

    if (base_syscall(SYS_fstat, queue, (long)&st, 0, 0, 0, 0) != 0)
        st.st_ino = 0;
    return preload_object(PRELOAD_OBJECT_MQ, st.st_ino);
}

/* ---- variadic ------------------------------------------------------------------------------------------ */

/* The one argument behind `last`, whatever it is: all that there can be travel in a register. */
#define ARGUMENT(arg, last)                                                                        \
    do {                                                                                           \
        va_list list;                                                                              \
                                                                                                   \
        va_start(list, last);                                                                      \
        (arg) = va_arg(list, void *);                                                              \
        va_end(list);                                                                              \
    } while (0)

static void preload_fcntl_done(int fd, int what, int ret)
{
    struct preload_tls *self = preload_self();

    if ((what == F_DUPFD || what == F_DUPFD_CLOEXEC) && ret >= 0)
        PRELOAD_INSIDE(self, preload_descriptor_dup(self->thread, fd, ret));
}

#define FCNTL(name)                                                                                \
    void *arg;                                                                                     \
    int ret;                                                                                       \
                                                                                                   \
    ARGUMENT(arg, what);                                                                           \
    ret = PRELOAD_REAL(name)(fd, what, arg);                                                       \
    if (preload_gate(preload_self())) {                                                            \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        preload_fcntl_done(fd, what, ret);                                                         \
    }                                                                                              \
    return ret

PRELOAD_EXPORT int fcntl(int fd, int what, ...)
{
    FCNTL(fcntl);
}

PRELOAD_EXPORT int fcntl64(int fd, int what, ...)
{
    FCNTL(fcntl64);
}

PRELOAD_EXPORT int semctl(int id, int number, int what, ...)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    uintptr_t object = preload_sysv(PRELOAD_SYSV_SEM, id);
    void *arg;
    int ret;

    ARGUMENT(arg, what);
    if (t) {
        preload_engage(PRELOAD_ROW_semctl);
        if (what == SETVAL || what == SETALL)
            PRELOAD_INSIDE(self, shadow_release(t, object));
    }
    ret = PRELOAD_REAL(semctl)(id, number, what, arg);
    if (t && ret >= 0 && (what == GETVAL || what == GETALL))
        PRELOAD_INSIDE(self, shadow_acquire(t, object));
    return ret;
}

/* ---- system calls by number ---------------------------------------------------------------------------- */

/* A system call on its way, arguments in the kernel's order. */
struct preload_call {
    struct shadow_thread *t;
    long number;
    long arg[6];
    const struct base_where *at;
};

static uintptr_t preload_futex(long word)
{
    return preload_object(PRELOAD_OBJECT_FUTEX, (uint64_t)word);
}

/* futex(2): the operations that wake, on either word. */
static void preload_futex_give(const struct preload_call *c)
{
    switch (c->arg[1] & FUTEX_CMD_MASK) {
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI:
    case FUTEX_WAKE_OP: shadow_release(c->t, preload_futex(c->arg[4])); /* fall through */
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
    case FUTEX_UNLOCK_PI: shadow_release(c->t, preload_futex(c->arg[0])); break;
    default: break;
    }
}

/* Woken, or the word has another value than the caller thought: it was read either way. */
static void preload_futex_woken(const struct preload_call *c, long word)
{
    shadow_acquire(c->t, preload_futex(word));
    if (word % 4 == 0)
        shadow_atomic(c->t, (uintptr_t)word, 4, SHADOW_ATOMIC_LOAD, c->at);
}

static void preload_futex_take(const struct preload_call *c, long ret)
{
    bool changed = ret == -1 && errno == EAGAIN;

    switch (c->arg[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT_REQUEUE_PI:
        if (ret == 0)
            preload_futex_woken(c, c->arg[4]); /* fall through */
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        if (ret == 0 || changed)
            preload_futex_woken(c, c->arg[0]);
        break;
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_TRYLOCK_PI:
        if (ret == 0)
            preload_futex_woken(c, c->arg[0]);
        break;
    default: break;
    }
}

/* futex_waitv(2): the one that it names, or all where one had changed before. */
static void preload_futexes_take(const struct preload_call *c, long ret)
{
    const struct futex_waitv *waits = (const void *)c->arg[0];

    for (long i = 0; i < c->arg[1]; i++)
        if (i == ret || (ret == -1 && errno == EAGAIN))
            preload_futex_woken(c, (long)waits[i].uaddr);
}

/* membarrier(2): those commands that make a barrier. */
static bool preload_is_barrier(long command)
{
    return command == MEMBARRIER_CMD_GLOBAL || command == MEMBARRIER_CMD_GLOBAL_EXPEDITED ||
           command == MEMBARRIER_CMD_PRIVATE_EXPEDITED ||
           command == MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE;
}

static void preload_call_before(const struct preload_call *c)
{
    switch (c->number) {
    case SYS_futex: preload_futex_give(c); break;
    case SYS_write:
    case SYS_writev:
    case SYS_sendmsg:
    case SYS_io_uring_enter: preload_give(c->t, (int)c->arg[0]); break;
    case SYS_close: preload_descriptor_close(c->t, (int)c->arg[0]); break;
    case SYS_membarrier:
        if (preload_is_barrier(c->arg[0]))
            shadow_thread_gather(c->t);
        break;
    case SYS_tgkill: preload_signal_give(c->t, (int)c->arg[2]); break;
    case SYS_kill:
    case SYS_tkill:
    case SYS_rt_sigqueueinfo: preload_signal_give(c->t, (int)c->arg[1]); break;
    case SYS_rt_tgsigqueueinfo: preload_signal_give(c->t, (int)c->arg[2]); break;
    default: break;
    }
}

static void preload_call_after(const struct preload_call *c, long ret)
{
    switch (c->number) {
    case SYS_futex: preload_futex_take(c, ret); break;
    case SYS_futex_waitv: preload_futexes_take(c, ret); break;
    case SYS_read: preload_take_bytes(c->t, (int)c->arg[0], (const void *)c->arg[1], ret); break;
    case SYS_readv:
    case SYS_recvmsg:
    case SYS_io_uring_enter:
        if (ret >= 0)
            preload_take(c->t, (int)c->arg[0]);
        break;
    case SYS_eventfd:
    case SYS_eventfd2:
    case SYS_socket:
    case SYS_timerfd_create:
    case SYS_io_uring_setup:
    case SYS_pidfd_getfd: preload_descriptor_forget(c->t, (int)ret); break;
    case SYS_dup:
    case SYS_dup2:
    case SYS_dup3:
        if (ret >= 0)
            preload_descriptor_dup(c->t, (int)c->arg[0], (int)ret);
        break;
    case SYS_pipe:
    case SYS_pipe2:
        if (ret == 0)
            preload_descriptor_pipe(c->t, ((int *)c->arg[0])[0], ((int *)c->arg[0])[1]);
        break;
    default: break;
    }
}

static bool preload_call_concerns(long number)
{
    switch (number) {
    case SYS_futex:
    case SYS_futex_waitv:
    case SYS_write:
    case SYS_writev:
    case SYS_sendmsg:
    case SYS_read:
    case SYS_readv:
    case SYS_recvmsg:
    case SYS_io_uring_enter:
    case SYS_io_uring_setup:
    case SYS_close:
    case SYS_membarrier:
    case SYS_tgkill:
    case SYS_tkill:
    case SYS_kill:
    case SYS_rt_sigqueueinfo:
    case SYS_rt_tgsigqueueinfo:
    case SYS_eventfd:
    case SYS_eventfd2:
    case SYS_socket:
    case SYS_timerfd_create:
    case SYS_pidfd_getfd:
    case SYS_dup:
    case SYS_dup2:
    case SYS_dup3:
    case SYS_pipe:
    case SYS_pipe2: return true;
    default: return false;
    }
}

static __attribute__((noinline)) long preload_call_seen(struct preload_call c,
                                                        const uintptr_t *frame)
{
    struct preload_tls *self = preload_self();
    struct base_where at = preload_where(frame);
    long ret;

    c.at = &at;
    PRELOAD_INSIDE(self, preload_call_before(&c));
    ret =
        PRELOAD_REAL(syscall)(c.number, c.arg[0], c.arg[1], c.arg[2], c.arg[3], c.arg[4], c.arg[5]);
    PRELOAD_INSIDE(self, preload_call_after(&c, ret));
    return ret;
}

/*
 * syscall(2) is declared with an ellipsis; its arguments come where seven longs would, the last of them on the stack. Calls
 * that are not ours to see leave by a jump, with that one untouched in its place: one that makes a process or a thread may
 * come back twice.
 */
long preload_syscall(long number, long a, long b, long c, long d,
                     long e) __asm__("syscall") PRELOAD_EXPORT;

long preload_syscall(long number, long a, long b, long c, long d, long e)
{
    struct shadow_thread *t = preload_gate(preload_self());
    const uintptr_t *frame = __builtin_frame_address(0);

    if (!t || !preload_call_concerns(number))
        return PRELOAD_REAL(syscall)(number, a, b, c, d, e);
    preload_engage(PRELOAD_ROW_syscall);
    return preload_call_seen(
        (struct preload_call){ t, number, { a, b, c, d, e, (long)frame[2] }, NULL }, frame);
}
