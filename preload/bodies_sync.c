/*
 * preload/bodies_sync.c - waits on conditions, once, guards of C++ statics, and void functions of C11 threads.
 *
 * A wait gives the mutex up and takes it again, also when the thread is cancelled in it: the end of the wait is a
 * cleanup handler, which libc runs with the mutex held.
 */
#include "preload/edges.h"
#include "preload/gate.h"
#include "preload/locks.h"

/* A wait on its way; on the stack of the waiter. */
struct preload_wait {
    struct shadow_thread *t;
    uintptr_t cond;
    pthread_mutex_t *mutex;
    struct base_where at;
    int result; /* EINTR, which no wait gives: it was cancelled */
    bool held;  /* the mutex, before */
};

static void preload_wait_begin(struct preload_wait *w)
{
    struct preload_tls *self = preload_self();

    PRELOAD_INSIDE(self, if (!shadow_cond_enter(w->t, w->cond, A(w->mutex))) shadow_misuse(
                             w->t, REPORT_WAIT_OTHER, A(w->mutex), SHADOW_LOCK_CHECKED, &w->at);
                   w->held = shadow_mutex_unlock(w->t, A(w->mutex)); if (!w->held)
                       preload_mutex_foreign(w->t, w->mutex, REPORT_WAIT_UNLOCKED, &w->at));
}

static void preload_wait_end(void *wait)
{
    const struct preload_wait *w = wait;
    struct preload_tls *self = preload_self();
    unsigned flags = SHADOW_LOCK_TRIED | preload_mutex_flags(w->mutex);

    bool back = w->result != ENOTRECOVERABLE && (w->held || w->result != EPERM);

    PRELOAD_INSIDE(self, shadow_cond_leave(w->t, w->cond, w->result == 0);
                   if (w->result == EOWNERDEAD) preload_owner_died(w->t);
                   if (back) shadow_mutex_lock(w->t, A(w->mutex), flags, &w->at));
}

static void preload_wait_refused(const struct preload_wait *w, const struct timespec *until)
{
    struct preload_tls *self = preload_self();

    if (until)
        PRELOAD_INSIDE(self, preload_time_refused(w->t, w->cond, until, REPORT_CONDITION, &w->at));
}

/* The body of a wait: `call` is the original with its arguments, limit the time at which it ends or NULL. */
#define WAIT(name, c, m, limit, call)                                                              \
    struct shadow_thread *t = preload_gate(preload_self());                                        \
    struct preload_wait wait = { t, A(c), MUTEX(m), PRELOAD_CALLER, EINTR, true };                 \
    int ret;                                                                                       \
                                                                                                   \
    if (!t)                                                                                        \
        return PRELOAD_REAL(name) call;                                                            \
    preload_engage(PRELOAD_ROW_##name);                                                            \
    preload_wait_begin(&wait);                                                                     \
    pthread_cleanup_push(preload_wait_end, &wait);                                                 \
    wait.result = ret = PRELOAD_REAL(name) call;                                                   \
    pthread_cleanup_pop(1);                                                                        \
    if (ret == EINVAL)                                                                             \
        preload_wait_refused(&wait, limit);                                                        \
    return ret

PRELOAD_EXPORT int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    WAIT(pthread_cond_wait, c, m, (const struct timespec *)NULL, (c, m));
}

PRELOAD_EXPORT int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
                                          const struct timespec *until)
{
    WAIT(pthread_cond_timedwait, c, m, until, (c, m, until));
}

PRELOAD_EXPORT int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
                                          const struct timespec *until)
{
    WAIT(pthread_cond_clockwait, c, m, until, (c, m, clock, until));
}

PRELOAD_EXPORT int cnd_wait(cnd_t *c, mtx_t *m)
{
    WAIT(cnd_wait, c, m, (const struct timespec *)NULL, (c, m));
}

PRELOAD_EXPORT int cnd_timedwait(cnd_t *restrict c, mtx_t *restrict m,
                                 const struct timespec *restrict until)
{
    WAIT(cnd_timedwait, c, m, until, (c, m, until));
}

PRELOAD_EXPORT void cnd_destroy(cnd_t *c)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;

    if (t) {
        preload_engage(PRELOAD_ROW_cnd_destroy);
        PRELOAD_INSIDE(self, if (shadow_cond_idle(t, A(c), REPORT_DESTROY_WAITED, &at))
                                 preload_ended(t, A(c), &at);
                       shadow_cond_destroy(A(c)));
    }
    PRELOAD_REAL(cnd_destroy)(c);
}

PRELOAD_EXPORT void mtx_destroy(mtx_t *m)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;

    if (t) {
        preload_engage(PRELOAD_ROW_mtx_destroy);
        PRELOAD_INSIDE(self, shadow_mutex_destroy(t, A(m), LIFE, &at));
    }
    PRELOAD_REAL(mtx_destroy)(m);
}

/* ---- once ---------------------------------------------------------------------------------------------- */

/* A pthread_once() on its way; on the caller's stack. */
struct preload_once {
    uintptr_t once;
    void (*routine)(void);
    struct preload_once *outer;
};

/* The innermost one of this thread, between its call and the start of its routine. */
static __thread struct preload_once *preload_once_top;

/* Stands in for the routine. Where that leaves by an exception, a jump or cancellation nothing is released. */
static void preload_once_run(void)
{
    struct preload_once *o = preload_once_top;
    uintptr_t once = o->once;
    struct preload_tls *self = preload_self();
    struct shadow_thread *t;

    preload_once_top = o->outer;
    o->routine();
    t = preload_gate(self);
    if (t)
        PRELOAD_INSIDE(self, shadow_once_done(t, once));
}

/* The body of both: `call` is the original with our stand-in. */
#define ONCE(name, control, call)                                                                  \
    struct preload_tls *self = preload_self();                                                     \
    struct shadow_thread *t = preload_gate(self);                                                  \
    struct preload_once o = { A(control), routine, preload_once_top };                             \
                                                                                                   \
    preload_engage(PRELOAD_ROW_##name);                                                            \
    preload_once_top = &o;                                                                         \
    call;                                                                                          \
    preload_once_top = o.outer;                                                                    \
    PRELOAD_INSIDE(self, shadow_once_pass(t, o.once))

PRELOAD_EXPORT int pthread_once(pthread_once_t *once, void (*routine)(void))
{
    int ret;

    if (!preload_gate(preload_self()))
        return PRELOAD_REAL(pthread_once)(once, routine);
    ONCE(pthread_once, once, ret = PRELOAD_REAL(pthread_once)(once, preload_once_run));
    return ret;
}

PRELOAD_EXPORT void call_once(once_flag *once, void (*routine)(void))
{
    if (!preload_gate(preload_self())) {
        PRELOAD_REAL(call_once)(once, routine);
        return;
    }
    ONCE(call_once, once, PRELOAD_REAL(call_once)(once, preload_once_run));
}

/* ---- guards of C++ statics (Itanium C++ ABI, 3.3.3) ------------------------------------------------------ */

int __cxa_guard_acquire(long long *guard);
void __cxa_guard_release(long long *guard);
void __cxa_guard_abort(long long *guard);

/* The compiled code reads the guard's first byte by a plain load: from here on it is a sync word. */
static void preload_guard_touch(struct preload_tls *self, struct shadow_thread *t, long long *guard,
                                const struct base_where *at)
{
    PRELOAD_INSIDE(self, shadow_atomic(t, A(guard), 4, SHADOW_ATOMIC_RMW, at));
}

PRELOAD_EXPORT int __cxa_guard_acquire(long long *guard)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;
    int ret;

    if (!t)
        return PRELOAD_REAL(__cxa_guard_acquire)(guard);
    preload_engage(PRELOAD_ROW___cxa_guard_acquire);
    preload_guard_touch(self, t, guard, &at);
    ret = PRELOAD_REAL(__cxa_guard_acquire)(guard);
    PRELOAD_INSIDE(self, shadow_acquire(t, A(guard)));
    return ret;
}

PRELOAD_EXPORT void __cxa_guard_release(long long *guard)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;

    if (t) {
        preload_engage(PRELOAD_ROW___cxa_guard_release);
        preload_guard_touch(self, t, guard, &at);
        PRELOAD_INSIDE(self, shadow_release(t, A(guard)));
    }
    PRELOAD_REAL(__cxa_guard_release)(guard);
}

PRELOAD_EXPORT void __cxa_guard_abort(long long *guard)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;

    if (t) {
        preload_engage(PRELOAD_ROW___cxa_guard_abort);
        preload_guard_touch(self, t, guard, &at);
    }
    PRELOAD_REAL(__cxa_guard_abort)(guard);
}

/* ---- libc++ (namespace std::__1) -------------------------------------------------------------------------- */

/* A std::call_once() on its way; on the caller's stack. */
struct preload_cxx_once {
    unsigned long volatile *flag;
    void *arg;
    void (*routine)(void *);
    const struct base_where *at;
};

static void preload_cxx_once_touch(const struct preload_cxx_once *o)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self,
                       shadow_atomic(t, A(o->flag), sizeof(*o->flag), SHADOW_ATOMIC_RMW, o->at));
}

/* Stands in for the routine. The library stores the flag behind it, where that is not seen. */
static void preload_cxx_once_run(void *arg)
{
    const struct preload_cxx_once *o = arg;

    o->routine(o->arg);
    preload_cxx_once_touch(o);
}

void _ZNSt3__111__call_onceERVmPvPFvS2_E(unsigned long volatile *flag, void *arg,
                                         void (*routine)(void *));

/* The compiled code reads the flag by a plain load, as it does a guard's. */
PRELOAD_EXPORT void _ZNSt3__111__call_onceERVmPvPFvS2_E(unsigned long volatile *flag, void *arg,
                                                        void (*routine)(void *))
{
    struct base_where at = PRELOAD_CALLER;
    struct preload_cxx_once o = { flag, arg, routine, &at };

    if (!preload_gate(preload_self())) {
        PRELOAD_REAL(_ZNSt3__111__call_onceERVmPvPFvS2_E)(flag, arg, routine);
        return;
    }
    preload_engage(PRELOAD_ROW__ZNSt3__111__call_onceERVmPvPFvS2_E);
    PRELOAD_REAL(_ZNSt3__111__call_onceERVmPvPFvS2_E)(flag, &o, preload_cxx_once_run);
    preload_cxx_once_touch(&o);
}

bool _ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh(
    void *barrier, unsigned char phase);

/* The last one runs the completion, and lets the others go by a store of its own in compiled code. */
PRELOAD_EXPORT bool _ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh(
    void *barrier, unsigned char phase)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    bool last;

    if (t)
        PRELOAD_INSIDE(self, shadow_release(t, A(barrier)));
    last =
        PRELOAD_REAL(_ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh)(
            barrier, phase);
    if (t) {
        preload_engage(
            PRELOAD_ROW__ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh);
        if (last)
            PRELOAD_INSIDE(self, shadow_acquire(t, A(barrier)));
    }
    return last;
}
