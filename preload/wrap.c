/*
 * preload/wrap.c - the wrappers of wrap.def. See generate.h.
 */
#include "preload/generate.h"

#include "preload/edges.h"
#include "preload/locks.h"
#include "preload/openmp.h"
#include "preload/uring.h"
#include "preload/waits.h"

#define WHOLE16(p, size) ((size) == 16 && A(p) % 16 == 0)
#define SHARED SHADOW_LOCK_SHARED
#define TRIED SHADOW_LOCK_TRIED
#define MUTEX_WANT(m, how)                                                                         \
    (preload_mutex_want(self, MUTEX(m)),                                                           \
     shadow_lock_wanted(t, A(m), how, &at) ? preload_mutex_relock(t, MUTEX(m), &at) : NOTHING)
#define MUTEX_TOOK(m, how)                                                                         \
    (ret == 0 || (ret == EOWNERDEAD && preload_owner_died(t))                                      \
         ? shadow_mutex_lock(t, A(m), preload_mutex_flags(MUTEX(m)) | (how), &at)                  \
         : preload_mutex_failed(t, MUTEX(m), &at))
#define MUTEX_GIVE(m)                                                                              \
    (preload_mutex_leave(self, MUTEX(m)),                                                          \
     shadow_mutex_unlock(t, A(m))                                                                  \
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

/* After a lock with a limit. */
#define TIME_TAKEN(l, until, type)                                                                 \
    (ret == EINVAL ? preload_time_refused(t, A(l), until, REPORT_##type, &at) : NOTHING)
#define SEM_MISUSED(what, s) shadow_misuse_object(t, REPORT_##what, A(s), REPORT_SEMAPHORE, &at)
#define SEM_REFUSED(s, until)                                                                      \
    (errno == EINVAL ? preload_time_refused(t, A(s), until, REPORT_SEMAPHORE, &at) : NOTHING)

/* One that a checked caller uses, or closes; a vfork'ed child closes descriptors of its own. */
#define USED_BY(fd) (preload_checked_pc(at.pc) ? shadow_descriptor_use(t, fd, &at) : NOTHING)
#define CLOSED_BY(fd)                                                                              \
    (preload_checked_pc(at.pc) && preload_descriptor_ours() ? shadow_descriptor_close(t, fd, &at)  \
                                                            : NOTHING)
/* The same, where the row is for checked callers only. */
#define USES(fd) shadow_descriptor_use(t, fd, &at)

/* Where the program says where memory is to lie, others may know the place already. */
#define ANEW(prot, flags, fd)                                                                      \
    ((prot)&PROT_WRITE && (fd) < 0 && !((flags) & (MAP_FIXED | MAP_FIXED_NOREPLACE)))

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

#include "preload/wrap.def"
