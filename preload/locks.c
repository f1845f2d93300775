/*
 * preload/locks.c - see locks.h. Slow: only where a thread's list of locks says that something is wrong, or others wait.
 */
#include "preload/locks.h"

#include "base/sys.h"

static bool preload_mutex_mine(const pthread_mutex_t *m)
{
    return __atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED) != 0 &&
           __atomic_load_n(&m->__data.__owner, __ATOMIC_RELAXED) == base_sys_gettid();
}

static bool preload_rwlock_written_by_me(const pthread_rwlock_t *l)
{
    return __atomic_load_n(&l->__data.__cur_writer, __ATOMIC_RELAXED) == base_sys_gettid();
}

#define LET_BY_NS 200000u /* longer than a thread takes to wake up */

void preload_mutex_let_by(struct preload_tls *self, const pthread_mutex_t *m)
{
    uint64_t until = base_sys_now() + LET_BY_NS;

    self->crowds = 0;
    while (!__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED) && base_sys_now() < until)
        base_sys_yield();
}

/* Whether libc looks who gives it back. */
static unsigned preload_mutex_checked(const pthread_mutex_t *m)
{
    int kind = preload_mutex_kind(m), type = kind & PRELOAD_MUTEX_TYPE;

    return kind & (PRELOAD_MUTEX_ROBUST | PRELOAD_MUTEX_INHERIT) ||
                   type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK
               ? SHADOW_LOCK_CHECKED
               : 0;
}

void preload_mutex_relock(struct shadow_thread *t, pthread_mutex_t *m, const struct base_where *at)
{
    int kind = preload_mutex_kind(m);

    if (kind == PRELOAD_MUTEX_DESTROYED || (kind & PRELOAD_MUTEX_TYPE) == PTHREAD_MUTEX_RECURSIVE ||
        !preload_mutex_mine(m))
        return;
    shadow_misuse(t, REPORT_RELOCK, A(m), preload_mutex_flags(m), at);
}

void preload_rwlock_relock(struct shadow_thread *t, pthread_rwlock_t *l, bool write,
                           const struct base_where *at)
{
    /* The low three bits of __readers are flags (nptl/pthread_rwlock_common.c of glibc). */
    bool read = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED) >> 3 != 0;

    if (preload_rwlock_written_by_me(l) || (write && read))
        shadow_misuse(t, REPORT_RELOCK, A(l), preload_rwlock_flags(l), at);
}

void preload_mutex_failed(struct shadow_thread *t, pthread_mutex_t *m, const struct base_where *at)
{
    if (preload_mutex_kind(m) == PRELOAD_MUTEX_DESTROYED)
        shadow_misuse(t, REPORT_LOCK_DESTROYED, A(m), 0, at);
}

void preload_mutex_foreign(struct shadow_thread *t, pthread_mutex_t *m, enum report_misuse what,
                           const struct base_where *at)
{
    if (!preload_mutex_mine(m))
        shadow_misuse(t, what, A(m), preload_mutex_flags(m) | preload_mutex_checked(m), at);
}

void preload_rwlock_foreign(struct shadow_thread *t, pthread_rwlock_t *l,
                            const struct base_where *at)
{
    if (!preload_rwlock_written_by_me(l))
        shadow_misuse(t, REPORT_UNLOCK_UNLOCKED, A(l), preload_rwlock_flags(l), at);
}

#define NANOSECONDS 1000000000

void preload_time_refused(struct shadow_thread *t, uintptr_t object, const struct timespec *until,
                          enum report_lock_type type, const struct base_where *at)
{
    if (until->tv_nsec < 0 || until->tv_nsec >= NANOSECONDS)
        shadow_misuse_object(t, REPORT_WAIT_TIME, object, type, at);
}

bool preload_sem_waited(const sem_t *s)
{
    /* The value, and above it how many are in a wait (struct new_sem in nptl/internaltypes.h of glibc). */
    uint64_t word = __atomic_load_n((const uint64_t *)s, __ATOMIC_RELAXED);

    return word >> 32 > (uint32_t)word;
}
