/*
 * preload/bodies_notify.c - functions that libc calls on threads of its own making: SIGEV_THREAD of timers and queues.
 *
 * libc creates these threads inside itself, past our pthread_create(). It is given a stand-in instead, which makes the
 * thread known and calls the program's function. What it is called with stays for good, since a timer may expire while it
 * is deleted; the same function, value and place share one.
 */
#include "preload/edges.h"
#include "preload/gate.h"
#include "preload/instrument.h"
#include "preload/thread.h"

#include "base/arena.h"
#include "base/lock.h"

enum {
    PRELOAD_NOTICE_BUCKETS = 256,
    PRELOAD_NOTICES = 1 << 16, /* more are called on threads that stay unknown */
};

/* What is to be called. Never changed once it is in the table. */
struct preload_notice {
    struct preload_notice *next;
    void (*fn)(union sigval);
    void *value; /* union sigval */
    struct shadow_origin origin;
    size_t stack_size;
};

static struct base_lock preload_notice_lock = BASE_LOCK_INIT;
static struct preload_notice *preload_notices[PRELOAD_NOTICE_BUCKETS]; /* under the lock */
static unsigned preload_nnotices;

void preload_notify_fork_child(void)
{
    preload_notice_lock = (struct base_lock)BASE_LOCK_INIT;
}

static bool preload_notice_same(const struct preload_notice *a, const struct preload_notice *b)
{
    return a->fn == b->fn && a->value == b->value && a->stack_size == b->stack_size &&
           a->origin.thread == b->origin.thread && a->origin.stack == b->origin.stack;
}

/* NULL: no memory, or too many. */
static struct preload_notice *preload_notice_get(const struct preload_notice *wanted)
{
    size_t bucket = (A(wanted->fn) ^ A(wanted->value) >> 4) % PRELOAD_NOTICE_BUCKETS;
    struct preload_notice *n;

    base_lock_acquire(&preload_notice_lock);
    for (n = preload_notices[bucket]; n && !preload_notice_same(n, wanted); n = n->next)
        ;
    if (!n && preload_nnotices < PRELOAD_NOTICES && (n = base_arena_alloc(sizeof(*n)))) {
        *n = *wanted;
        n->next = preload_notices[bucket];
        preload_notices[bucket] = n;
        preload_nnotices++;
    }
    base_lock_release(&preload_notice_lock);
    return n;
}

/* On libc's thread, which ends when this returns. */
static __attribute__((noinline)) void preload_notice_begin(const struct preload_notice *n)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t;

    if (self->depth || self->thread || !preload_is_on())
        return;
    preload_enter(self);
    t = shadow_thread_foreseen(&n->origin);
    if (t) {
        preload_thread_enter(self, t, n->stack_size, true);
        preload_signal_take_later(t);
    }
    preload_leave(self);
    if (t)
        preload_thread_watch();
}

static void preload_notice_run(union sigval value)
{
    const struct preload_notice *n = value.sival_ptr;

    preload_notice_begin(n);
    n->fn((union sigval){ .sival_ptr = n->value });
}

/* The event to ask libc for: *copy where the program wants a function to be called. Outside of Seance. */
static const struct sigevent *preload_notice(struct preload_tls *self, struct shadow_thread *t,
                                             const struct sigevent *event, struct sigevent *copy,
                                             const struct base_where *at)
{
    struct preload_notice wanted = { 0 }, *n = NULL;

    if (!t || !event || event->sigev_notify != SIGEV_THREAD)
        return event;
    wanted.fn = event->sigev_notify_function;
    wanted.value = event->sigev_value.sival_ptr;
    wanted.stack_size = preload_thread_stack_size(event->sigev_notify_attributes);
    PRELOAD_INSIDE(self, preload_instrument_libraries(A(__builtin_frame_address(0)));
                   if (shadow_thread_foresee(t, at, &wanted.origin)) n =
                       preload_notice_get(&wanted));
    if (!n)
        return event;
    *copy = *event;
    copy->sigev_notify_function = preload_notice_run;
    copy->sigev_value.sival_ptr = n;
    return copy;
}

#define NOTIFIED(name, event, call)                                                                \
    struct preload_tls *self = preload_self();                                                     \
    struct shadow_thread *t = preload_gate(self);                                                  \
    struct base_where at = PRELOAD_CALLER;                                                         \
    struct sigevent copy;                                                                          \
                                                                                                   \
    event = preload_notice(self, t, event, &copy, &at);                                            \
    if (t) {                                                                                       \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        PRELOAD_INSIDE(self, preload_signal_give_later(t));                                        \
    }                                                                                              \
    return PRELOAD_REAL(name) call

PRELOAD_EXPORT int timer_create(clockid_t clock, struct sigevent *restrict event,
                                timer_t *restrict timer)
{
    const struct sigevent *asked = event;

    NOTIFIED(timer_create, asked, (clock, (struct sigevent *)asked, timer));
}

PRELOAD_EXPORT int mq_notify(mqd_t q, const struct sigevent *event)
{
    NOTIFIED(mq_notify, event, (q, event));
}
