/*
 * preload/wrap.c - the wrappers that wrap.def generates wholly. Hot.
 *
 * Each tells whether Seance is concerned at all (preload/gate.h), runs the row's `before` inside Seance, the
 * original outside, and `after` inside again. Built without builtins, so that no loop turns into a call of memcpy.
 */
#include "preload/real.h"

#include "preload/gate.h"
#include "preload/descriptors.h"
#include "preload/edges.h"
#include "preload/locks.h"
#include "preload/openmp.h"
#include "preload/strings.h"
#include "preload/waits.h"

#define SHARED SHADOW_LOCK_SHARED
#define TRIED SHADOW_LOCK_TRIED
#define MUTEX_WANT(m, how)                                                                         \
    (shadow_lock_wanted(t, A(m), how, &at) ? preload_mutex_relock(t, MUTEX(m), &at) : NOTHING)
#define MUTEX_TOOK(m, how)                                                                         \
    (ret == 0 || (ret == EOWNERDEAD && preload_owner_died(t))                                      \
         ? shadow_mutex_lock(t, A(m), preload_mutex_flags(MUTEX(m)) | (how), &at)                  \
         : preload_mutex_failed(t, MUTEX(m), &at))
#define MUTEX_GIVE(m)                                                                              \
    (shadow_mutex_unlock(t, A(m))                                                                  \
         ? NOTHING                                                                                 \
         : preload_mutex_foreign(t, MUTEX(m), REPORT_UNLOCK_UNLOCKED, &at))
#define SPIN_WANT(l)                                                                               \
    (shadow_lock_wanted(t, A(l), SHADOW_LOCK_SPIN, &at)                                            \
         ? shadow_misuse(t, REPORT_RELOCK, A(l), SHADOW_LOCK_SPIN, &at)                            \
         : NOTHING)
#define SPIN_GIVE(l)                                                                               \
    (shadow_mutex_unlock(t, A(l))                                                                  \
         ? NOTHING                                                                                 \
         : shadow_misuse(t, REPORT_UNLOCK_UNLOCKED, A(l), SHADOW_LOCK_SPIN, &at))
#define RW_WANT(l, how)                                                                            \
    (shadow_lock_wanted(t, A(l), preload_rwlock_flags(l) | (how), &at)                             \
         ? preload_rwlock_relock(t, l, !((how)&SHARED), &at)                                       \
         : NOTHING)
#define RW_TOOK(l, how)                                                                            \
    (ret ? NOTHING : shadow_rwlock_lock(t, A(l), preload_rwlock_flags(l) | (how), &at))
#define RW_GIVE(l) (shadow_rwlock_unlock(t, A(l)) ? NOTHING : preload_rwlock_foreign(t, l, &at))
#define MAPPED (ret != MAP_FAILED)

/* A wish for a place that no plane covers is not passed on: the kernel may choose anyway, and every access there would
 * fault in its check (allocators that spread over the whole address space, V8 and PartitionAlloc). */
#define HINT(addr, len, flags)                                                                     \
    ((flags) & (MAP_FIXED | MAP_FIXED_NOREPLACE) || !(addr) || !(len) ||                           \
             shadow_covers(A(addr), len)                                                           \
         ? (addr)                                                                                  \
         : NULL)

/* ---- the words of wrap_kernel.def ---------------------------------------------------------------------- */

#define FD(f) ((f)->_fileno)
/* Something came, the end of the stream for one. */
#define GOTTEN(fd) (ret >= 0 ? preload_take(t, fd) : NOTHING)
/* Who is told that nobody reads any more is ordered after the last reader. */
#define SENT(fd) (ret < 0 && errno == EPIPE ? preload_take(t, fd) : NOTHING)
#define EACH(m, n, what)                                                                           \
    for (int i = 0; i < (n); i++)                                                                  \
    what

/* Nothing is entered for a side about which the row says NOTHING; folded by the compiler. */
#define RUN(self, text, ...)                                                                       \
    if ((text)[0] != 'N' || (text)[1] != 'O')                                                      \
    PRELOAD_INSIDE(self, __VA_ARGS__)

/* No header has the functions of OpenMP for us. */
#define WRAP(name, version, type, params, args, before, after) type name params;
#define WRAP_VOID(name, version, params, args, before, after) void name params;
#define WRAP_BODY(name, version, type, params)
#include "preload/wrap_openmp.def"
#undef WRAP
#undef WRAP_VOID
#undef WRAP_BODY

#define WRAP(name, version, type, params, args, before, after)                                     \
    PRELOAD_EXPORT type name params                                                                \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = PRELOAD_CALLER;                                                     \
        type ret;                                                                                  \
                                                                                                   \
        (void)at;                                                                                  \
        if (!t)                                                                                    \
            return PRELOAD_REAL(name) args;                                                        \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        ret = PRELOAD_REAL(name) args;                                                             \
        RUN(self, #after, after);                                                                  \
        return ret;                                                                                \
    }

/* Only a first glance: the caller may be checked, or the original is not known yet. */
#define CONCERNED(name)                                                                            \
    __builtin_expect(preload_checked_hull(A(__builtin_return_address(0))) || !preload_real.name, 0)

#define WRAP_VOID(name, version, params, args, before, after)                                      \
    PRELOAD_EXPORT void name params                                                                \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = PRELOAD_CALLER;                                                     \
                                                                                                   \
        (void)at;                                                                                  \
        if (!t) {                                                                                  \
            PRELOAD_REAL(name) args;                                                               \
            return;                                                                                \
        }                                                                                          \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        PRELOAD_REAL(name) args;                                                                   \
        RUN(self, #after, after);                                                                  \
    }

#define UNPAREN(...) __VA_ARGS__

/* The work is a tail-called function of its own, so that the pass-through saves nothing but the frame pointer. */
#define WRAP_RANGE(name, version, type, params, args, before, after)                               \
    static __attribute__((noinline))                                                               \
    type preload_range_##name(const uintptr_t *frame, UNPAREN params)                              \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = preload_where(frame);                                               \
        uint32_t stack = 0;                                                                        \
        type ret;                                                                                  \
                                                                                                   \
        at.stack = &stack;                                                                         \
        if (!t || !preload_checked_pc(at.pc))                                                      \
            return PRELOAD_REAL(name) args;                                                        \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        ret = PRELOAD_REAL(name) args;                                                             \
        RUN(self, #after, after);                                                                  \
        return ret;                                                                                \
    }                                                                                              \
    PRELOAD_EXPORT type name params                                                                \
    {                                                                                              \
        if (CONCERNED(name))                                                                       \
            return preload_range_##name(__builtin_frame_address(0), UNPAREN args);                 \
        return preload_real.name args;                                                             \
    }

#define WRAP_RANGE_VOID(name, version, params, args, before, after)                                \
    static __attribute__((noinline)) void preload_range_##name(const uintptr_t *frame,             \
                                                               UNPAREN params)                     \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = preload_where(frame);                                               \
        uint32_t stack = 0;                                                                        \
                                                                                                   \
        at.stack = &stack;                                                                         \
        if (!t || !preload_checked_pc(at.pc)) {                                                    \
            PRELOAD_REAL(name) args;                                                               \
            return;                                                                                \
        }                                                                                          \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        PRELOAD_REAL(name) args;                                                                   \
        RUN(self, #after, after);                                                                  \
    }                                                                                              \
    PRELOAD_EXPORT void name params                                                                \
    {                                                                                              \
        if (CONCERNED(name))                                                                       \
            preload_range_##name(__builtin_frame_address(0), UNPAREN args);                        \
        else                                                                                       \
            preload_real.name args;                                                                \
    }

/* Orders hold for everybody, ranges for checked callers. A reader of the bytes may change them at once: `before` comes before
 * the release. */
#define WRAP_FLOW(name, version, type, params, args, before, give, take, after)                    \
    PRELOAD_EXPORT type name params                                                                \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = PRELOAD_CALLER;                                                     \
        uint32_t stack = 0;                                                                        \
        bool checked;                                                                              \
        type ret;                                                                                  \
                                                                                                   \
        at.stack = &stack;                                                                         \
        if (!t)                                                                                    \
            return PRELOAD_REAL(name) args;                                                        \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        checked = preload_checked_pc(at.pc);                                                       \
        if (checked)                                                                               \
            RUN(self, #before, before);                                                            \
        RUN(self, #give, give);                                                                    \
        ret = PRELOAD_REAL(name) args;                                                             \
        RUN(self, #take, take);                                                                    \
        if (checked)                                                                               \
            RUN(self, #after, after);                                                              \
        return ret;                                                                                \
    }

#define WRAP_BODY(name, version, type, params)

/* The fortified functions have no prototypes in the headers. */
#define PROTOTYPE(type, name, params) type name params
PROTOTYPE(void *, __memcpy_chk, (void *restrict, const void *restrict, size_t, size_t));
PROTOTYPE(void *, __memmove_chk, (void *, const void *, size_t, size_t));
PROTOTYPE(void *, __mempcpy_chk, (void *restrict, const void *restrict, size_t, size_t));
PROTOTYPE(void *, __memset_chk, (void *, int, size_t, size_t));
PROTOTYPE(char *, __strcpy_chk, (char *restrict, const char *restrict, size_t));
PROTOTYPE(char *, __stpcpy_chk, (char *restrict, const char *restrict, size_t));
PROTOTYPE(char *, __strncpy_chk, (char *restrict, const char *restrict, size_t, size_t));
PROTOTYPE(char *, __stpncpy_chk, (char *restrict, const char *restrict, size_t, size_t));
PROTOTYPE(char *, __strcat_chk, (char *restrict, const char *restrict, size_t));
PROTOTYPE(char *, __strncat_chk, (char *restrict, const char *restrict, size_t, size_t));
PROTOTYPE(ssize_t, __read_chk, (int, void *, size_t, size_t));
PROTOTYPE(ssize_t, __pread_chk, (int, void *, size_t, off_t, size_t));
PROTOTYPE(ssize_t, __pread64_chk, (int, void *, size_t, off64_t, size_t));
PROTOTYPE(ssize_t, __recv_chk, (int, void *, size_t, size_t, int));
PROTOTYPE(ssize_t, __recvfrom_chk,
          (int, void *restrict, size_t, size_t, int, struct sockaddr *restrict,
           socklen_t *restrict));
PROTOTYPE(int, __poll_chk, (struct pollfd *, nfds_t, int, size_t));
PROTOTYPE(int, __ppoll_chk,
          (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t));
PROTOTYPE(size_t, __fread_chk, (void *restrict, size_t, size_t, size_t, FILE *restrict));
PROTOTYPE(char *, __fgets_chk, (char *restrict, size_t, int, FILE *restrict));

#include "preload/wrap.def"
