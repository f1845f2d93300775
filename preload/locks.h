/*
 * preload/locks.h - what libc's own words say of a lock, and what is done where a thread misuses one.
 *
 * The words decide where Seance might be wrong: a lock may have been taken or given back by a way that it does not see.
 */
#ifndef PRELOAD_LOCKS_H
#define PRELOAD_LOCKS_H

#include "preload/gate.h"
#include "report/report.h"

/* Bits of __kind (nptl/pthreadP.h of glibc). */
enum preload_mutex_kind {
    PRELOAD_MUTEX_TYPE = 3, /* PTHREAD_MUTEX_*_NP */
    PRELOAD_MUTEX_ROBUST = 16,
    PRELOAD_MUTEX_INHERIT = 32,
    PRELOAD_MUTEX_DESTROYED = -1,
};

static inline int preload_mutex_kind(const pthread_mutex_t *m)
{
    return __atomic_load_n(&m->__data.__kind, __ATOMIC_RELAXED);
}

/* As enum shadow_lock_flags. */
static inline unsigned preload_mutex_flags(const pthread_mutex_t *m)
{
    int kind = preload_mutex_kind(m);

    return kind & PRELOAD_MUTEX_ROBUST ? SHADOW_LOCK_ROBUST : 0;
}

static inline unsigned preload_rwlock_flags(const pthread_rwlock_t *l)
{
    return SHADOW_LOCK_RW |
           (l->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP ? SHADOW_LOCK_WRITERS
                                                                              : 0);
}

#define PRELOAD_CROWDS                                                                             \
    64u /* so many times a thread may take a mutex again before those who wait for it */

/* Held longer under Seance than natively, a mutex that is given back and taken again at once may never be free for long
 * enough for a waiter to wake up: with some luck it always was. */
static inline void preload_mutex_leave(struct preload_tls *self, const pthread_mutex_t *m)
{
    bool waited =
        __atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED) > 1; /* nptl/lowlevellock.h of glibc */

    if (__builtin_expect(waited, 0))
        self->crowds = self->crowded == m ? self->crowds + 1 : 0;
    self->crowded = waited ? m : NULL;
}

/* Before a lock: lets a waiter have the mutex, if there is one still. */
void preload_mutex_let_by(struct preload_tls *self, const pthread_mutex_t *m);

static inline void preload_mutex_want(struct preload_tls *self, const pthread_mutex_t *m)
{
    if (__builtin_expect(self->crowded == m, 0) && self->crowds >= PRELOAD_CROWDS)
        preload_mutex_let_by(self, m);
}

/* The life of an object, told of where the caller is checked: what orders a library's own objects may not be seen. */
#define LIFE (preload_checked_pc(at.pc) ? SHADOW_LOCK_LIFE : 0u)

static inline void preload_made(struct shadow_thread *t, uintptr_t object,
                                const struct base_where *at)
{
    if (preload_checked_pc(at->pc))
        shadow_life_made(t, object, at);
}

static inline void preload_used(struct shadow_thread *t, uintptr_t object,
                                const struct base_where *at)
{
    if (preload_checked_pc(at->pc))
        shadow_life_used(t, object, at);
}

static inline void preload_ended(struct shadow_thread *t, uintptr_t object,
                                 const struct base_where *at)
{
    if (preload_checked_pc(at->pc))
        shadow_life_ended(t, object, at);
}

#define MUTEX(m) ((pthread_mutex_t *)(m)) /* mtx_t has a mutex in it */
#define SPIN(l) ((const void *)(l))

/* t wants a lock that it holds. */
void preload_mutex_relock(struct shadow_thread *t, pthread_mutex_t *m, const struct base_where *at);
void preload_rwlock_relock(struct shadow_thread *t, pthread_rwlock_t *l, bool write,
                           const struct base_where *at);
/* A lock by t failed. */
void preload_mutex_failed(struct shadow_thread *t, pthread_mutex_t *m, const struct base_where *at);
/* libc did not let t wait until then. */
void preload_time_refused(struct shadow_thread *t, uintptr_t object, const struct timespec *until,
                          enum report_lock_type type, const struct base_where *at);
/* More threads wait for s than it has tokens for. */
bool preload_sem_waited(const sem_t *s);
/* t gives a lock back that it is not known to hold. */
void preload_mutex_foreign(struct shadow_thread *t, pthread_mutex_t *m, enum report_misuse what,
                           const struct base_where *at);
void preload_rwlock_foreign(struct shadow_thread *t, pthread_rwlock_t *l,
                            const struct base_where *at);

#endif
