/*
 * preload/bodies_thread.c - threads: creation, the way in, join, detach, names.
 *
 * A new thread registers its handle itself, before its first own instruction. Who looks a handle up meanwhile waits
 * for the threads that are on their way (preload_starting), so that creating costs no handshake.
 */
#include "preload/cold.h"
#include "preload/gate.h"
#include "preload/handlers.h"
#include "preload/instrument.h"
#include "preload/thread.h"

#include "base/arena.h"
#include "base/sys.h"
#include "report/report.h"

#define PAGE 4096UL
#define STACK_DEFAULT (8UL << 20)
/* Lower bound of what libc keeps above the thread pointer (struct pthread), up to the end of the mapping. Beyond may lie
 * anything, an arena that another thread uses already for one. */
#define PTHREAD_ABOVE 0x800UL

/* How a thread is to run; from the creator to the new thread, freed by it. */
struct preload_start {
    void *free; /* the pool's */
    void *(*routine)(void *);
    thrd_start_t c11;
    void *arg;
    struct shadow_thread *thread;
    size_t stack_size;
    bool detached;
};

static struct base_pool preload_starts = BASE_POOL_INIT(sizeof(struct preload_start));
/* Threads created that have not registered yet; a futex word. Release in the child, acquire in the seeker. */
static uint32_t preload_starting;
static uint32_t preload_seekers; /* who sleeps on it */

/* The lock of the pool and the arena must be taken inside Seance. */
static struct preload_start *preload_start_new(struct shadow_thread *parent,
                                               const struct base_where *at)
{
    struct preload_start *start = base_pool_get(&preload_starts);

    if (!start)
        return NULL;
    preload_instrument_libraries(A(__builtin_frame_address(0)));
    start->thread = shadow_thread_create(parent, at);
    if (!start->thread) {
        base_pool_put(&preload_starts, start);
        return NULL;
    }
    __atomic_add_fetch(&preload_starting, 1, __ATOMIC_RELAXED);
    return start;
}

static void preload_starting_done(void)
{
    __atomic_sub_fetch(&preload_starting, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&preload_seekers, __ATOMIC_SEQ_CST))
        base_sys_futex_wake(&preload_starting, INT32_MAX);
}

static void preload_start_failed(struct preload_start *start)
{
    shadow_thread_abandon(start->thread);
    base_pool_put(&preload_starts, start);
    preload_starting_done();
}

void preload_thread_fork_child(void)
{
    __atomic_store_n(&preload_starting, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&preload_seekers, 0, __ATOMIC_RELAXED);
    preload_starts.lock.word = 0;
}

size_t preload_thread_stack_size(const pthread_attr_t *attr)
{
    pthread_attr_t standard;
    size_t size = STACK_DEFAULT, guard = 0;

    if (attr) {
        pthread_attr_getstacksize(attr, &size);
        pthread_attr_getguardsize(attr, &guard);
    } else if (pthread_attr_init(&standard) == 0) {
        pthread_attr_getstacksize(&standard, &size);
        pthread_attr_destroy(&standard);
    }
    return size + guard;
}

static void preload_start_attributes(struct preload_start *start, const pthread_attr_t *attr)
{
    int detach = PTHREAD_CREATE_JOINABLE;

    if (attr)
        pthread_attr_getdetachstate(attr, &detach);
    start->stack_size = preload_thread_stack_size(attr);
    start->detached = detach == PTHREAD_CREATE_DETACHED;
}

/* libc puts struct pthread and the static TLS at the top of the stack's mapping. */
void preload_thread_enter(struct preload_tls *self, struct shadow_thread *t, size_t stack_size,
                          bool detached)
{
    uintptr_t handle = A(pthread_self());
    uintptr_t hi = (handle + PTHREAD_ABOVE + PAGE - 1) & ~(PAGE - 1);
    uintptr_t lo = hi - ((stack_size + PAGE - 1) & ~(PAGE - 1));
    uintptr_t sp = A(__builtin_frame_address(0));

    if (sp < lo || sp >= hi) /* a stack of the program's own, laid out otherwise */
        lo = sp & ~(PAGE - 1);
    shadow_thread_start(t, &self->in, handle, lo, hi);
    if (detached)
        shadow_thread_detach(t);
    if (preload_thread_arm())
        self->thread = t;
}

/* First on the new thread. */
static __attribute__((noinline)) void preload_thread_begin(struct preload_start *start)
{
    struct preload_tls *self = preload_self();

    preload_enter(self);
    preload_thread_enter(self, start->thread, start->stack_size, start->detached);
    base_pool_put(&preload_starts, start);
    preload_starting_done();
    preload_leave(self);
    preload_thread_watch();
}

static void *preload_thread_run(void *arg)
{
    struct preload_start start = *(struct preload_start *)arg;

    preload_thread_begin(arg);
    return start.routine(start.arg);
}

static int preload_thrd_run(void *arg)
{
    struct preload_start start = *(struct preload_start *)arg;

    preload_thread_begin(arg);
    return start.c11(start.arg);
}

PRELOAD_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                                  void *(*routine)(void *), void *arg)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;
    struct preload_start *start = NULL;
    int ret;

    if (t)
        PRELOAD_INSIDE(self, start = preload_start_new(t, &at));
    if (!start)
        return PRELOAD_REAL(pthread_create)(thread, attr, routine, arg);
    preload_engage(PRELOAD_ROW_pthread_create);
    start->routine = routine;
    start->arg = arg;
    preload_start_attributes(start, attr);
    ret = PRELOAD_REAL(pthread_create)(thread, attr, preload_thread_run, start);
    if (ret)
        PRELOAD_INSIDE(self, preload_start_failed(start));
    return ret;
}

PRELOAD_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *arg)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;
    struct preload_start *start = NULL;
    int ret;

    if (t)
        PRELOAD_INSIDE(self, start = preload_start_new(t, &at));
    if (!start)
        return PRELOAD_REAL(thrd_create)(thread, routine, arg);
    preload_engage(PRELOAD_ROW_thrd_create);
    start->c11 = routine;
    start->arg = arg;
    preload_start_attributes(start, NULL);
    ret = PRELOAD_REAL(thrd_create)(thread, preload_thrd_run, start);
    if (ret != thrd_success)
        PRELOAD_INSIDE(self, preload_start_failed(start));
    return ret;
}

/* Who has this handle; waits for threads that have not registered theirs yet. */
static struct shadow_thread *preload_thread_seek(uintptr_t handle)
{
    struct shadow_thread *found;
    uint32_t starting;

    for (;;) {
        starting = __atomic_load_n(&preload_starting, __ATOMIC_ACQUIRE);
        found = shadow_thread_find(handle);
        if (found || !starting)
            return found;
        __atomic_add_fetch(&preload_seekers, 1, __ATOMIC_SEQ_CST);
        base_sys_futex_wait(&preload_starting, starting);
        __atomic_sub_fetch(&preload_seekers, 1, __ATOMIC_SEQ_CST);
    }
}

/* libc, whose answers are errno's where there is a fault of the caller's, did not join or detach it. */
static void preload_handle_refused(struct preload_tls *self, struct shadow_thread *t,
                                   uintptr_t handle, enum report_misuse what, int why,
                                   const struct base_where *at)
{
    if (why == EDEADLK && what == REPORT_JOIN_GONE)
        what = REPORT_JOIN_SELF;
    else if (why != ESRCH && why != EINVAL)
        return;
    PRELOAD_INSIDE(self, shadow_misuse_object(t, what, handle, REPORT_MUTEX, at));
}

/* A join of any kind: `call` is the original with its arguments, timed: EINVAL may speak of its time. */
#define JOIN(name, handle, timed, call)                                                            \
    struct preload_tls *self = preload_self();                                                     \
    struct shadow_thread *t = preload_gate(self), *joined = NULL;                                  \
    struct base_where at = PRELOAD_CALLER;                                                         \
    int ret;                                                                                       \
                                                                                                   \
    if (t) {                                                                                       \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        PRELOAD_INSIDE(self, joined = preload_thread_seek(A(handle)));                             \
    }                                                                                              \
    ret = PRELOAD_REAL(name) call;                                                                 \
    if (ret == 0 && joined)                                                                        \
        PRELOAD_INSIDE(self, shadow_thread_join(t, joined));                                       \
    if (t && ret && !(timed && ret == EINVAL))                                                     \
        preload_handle_refused(self, t, A(handle), REPORT_JOIN_GONE, ret, &at);                    \
    return ret

PRELOAD_EXPORT int pthread_join(pthread_t thread, void **value)
{
    JOIN(pthread_join, thread, false, (thread, value));
}

PRELOAD_EXPORT int pthread_tryjoin_np(pthread_t thread, void **value)
{
    JOIN(pthread_tryjoin_np, thread, false, (thread, value));
}

PRELOAD_EXPORT int pthread_timedjoin_np(pthread_t thread, void **value,
                                        const struct timespec *until)
{
    JOIN(pthread_timedjoin_np, thread, true, (thread, value, until));
}

PRELOAD_EXPORT int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock,
                                        const struct timespec *until)
{
    JOIN(pthread_clockjoin_np, thread, true, (thread, value, clock, until));
}

PRELOAD_EXPORT int thrd_join(thrd_t thread, int *value)
{
    JOIN(thrd_join, thread, false, (thread, value));
}

/* Before the real detach: the handle may be gone after it. */
#define DETACH(name, handle)                                                                       \
    struct preload_tls *self = preload_self();                                                     \
    struct shadow_thread *t = preload_gate(self), *target;                                         \
    struct base_where at = PRELOAD_CALLER;                                                         \
    int ret;                                                                                       \
                                                                                                   \
    if (t) {                                                                                       \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        PRELOAD_INSIDE(self, target = preload_thread_seek(A(handle));                              \
                       if (target) shadow_thread_detach(target));                                  \
    }                                                                                              \
    ret = PRELOAD_REAL(name)(handle);                                                              \
    if (t && ret)                                                                                  \
        preload_handle_refused(self, t, A(handle), REPORT_DETACH_GONE, ret, &at);                  \
    return ret

PRELOAD_EXPORT int pthread_detach(pthread_t thread)
{
    DETACH(pthread_detach, thread);
}

PRELOAD_EXPORT int thrd_detach(thrd_t thread)
{
    DETACH(thrd_detach, thread);
}

/* A thread to cancel: it looks at no cancellation. */
static void *preload_cancel_target(void *go)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    __atomic_store_n((uint32_t *)go, 1, __ATOMIC_RELEASE);
    base_sys_futex_wake(go, 1);
    base_sys_futex_wait((uint32_t *)go + 1, 0);
    return NULL;
}

/* libc installs its handler at the first pthread_cancel(). So that it is ours before a thread of the program runs it, the
 * first one goes to a thread of our own. */
static void preload_cancel_prepare(void)
{
    uint32_t go[2] = { 0, 0 };
    pthread_t target;

    if (PRELOAD_REAL(pthread_create)(&target, NULL, preload_cancel_target, go) != 0)
        return;
    while (!__atomic_load_n(&go[0], __ATOMIC_ACQUIRE))
        base_sys_futex_wait(&go[0], 0);
    PRELOAD_REAL(pthread_cancel)(target);
    preload_handlers_cancel();
    __atomic_store_n(&go[1], 1, __ATOMIC_RELEASE);
    base_sys_futex_wake(&go[1], 1);
    PRELOAD_REAL(pthread_join)(target, NULL);
}

PRELOAD_EXPORT int pthread_cancel(pthread_t thread)
{
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;

    if (preload_gate(preload_self())) {
        preload_engage(PRELOAD_ROW_pthread_cancel);
        PRELOAD_REAL(pthread_once)(&prepared, preload_cancel_prepare);
    }
    return PRELOAD_REAL(pthread_cancel)(thread);
}

PRELOAD_EXPORT int pthread_setname_np(pthread_t thread, const char *name)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self), *target;
    int ret = PRELOAD_REAL(pthread_setname_np)(thread, name);

    if (ret || !t)
        return ret;
    preload_engage(PRELOAD_ROW_pthread_setname_np);
    PRELOAD_INSIDE(
        self, target = pthread_equal(thread, pthread_self()) ? t : preload_thread_seek(A(thread));
        if (target) shadow_thread_set_name(target, name));
    return ret;
}
