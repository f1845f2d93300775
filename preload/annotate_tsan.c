/*
 * preload/annotate_tsan.c - what programs say of themselves by <sanitizer/tsan_interface.h>.
 *
 * A lock that is told of by __tsan_mutex_*() is one of readers and writers; while its own code runs, between `pre` and `post`,
 * the thread's accesses and synchronisation count for nothing. Fibers: what a fiber did on one thread comes before what it does on the
 * next one; fibers that share a thread are not told apart.
 */
#include "preload/annotate.h"

enum mutex_flags { /* of tsan_interface.h */
                   LINKER_INIT = 1,
                   WRITE_REENTRANT = 2,
                   READ_LOCK = 8,
                   TRY_LOCK = 16,
                   TRY_LOCK_FAILED = 32,
                   RECURSIVE_LOCK = 64,
                   RECURSIVE_UNLOCK = 128,
                   NOT_STATIC = 256
};

void __tsan_acquire(void *p);
void __tsan_release(void *p);
void __tsan_flush_memory(void);
void __tsan_mutex_create(void *m, unsigned flags);
void __tsan_mutex_destroy(void *m, unsigned flags);
void __tsan_mutex_pre_lock(void *m, unsigned flags);
void __tsan_mutex_post_lock(void *m, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void *m, unsigned flags);
void __tsan_mutex_post_unlock(void *m, unsigned flags);
void __tsan_mutex_pre_signal(void *m, unsigned flags);
void __tsan_mutex_post_signal(void *m, unsigned flags);
void __tsan_mutex_pre_divert(void *m, unsigned flags);
void __tsan_mutex_post_divert(void *m, unsigned flags);
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void *__tsan_external_register_tag(const char *type);
void __tsan_external_register_header(void *tag, const char *header);
void __tsan_external_assign_tag(void *p, void *tag);
void __tsan_external_read(void *p, void *pc, void *tag);
void __tsan_external_write(void *p, void *pc, void *tag);
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_set_fiber_name(void *fiber, const char *name);

PRELOAD_EXPORT void __tsan_acquire(void *p)
{
    PRELOAD_TELL(shadow_acquire(t, preload_object(p)));
}

PRELOAD_EXPORT void __tsan_release(void *p)
{
    PRELOAD_TELL(shadow_release(t, preload_object(p)));
}

PRELOAD_EXPORT void __tsan_flush_memory(void) {}

/* ---- locks --------------------------------------------------------------------------------------------------- */

static unsigned how(unsigned flags)
{
    return SHADOW_LOCK_RW | (flags & READ_LOCK ? SHADOW_LOCK_SHARED : 0) |
           (flags & TRY_LOCK ? SHADOW_LOCK_TRIED : 0) |
           (flags & WRITE_REENTRANT ? SHADOW_LOCK_REENTRANT : 0) |
           (flags & LINKER_INIT ? SHADOW_LOCK_STATIC : 0) |
           (flags & NOT_STATIC ? SHADOW_LOCK_NOT_STATIC : 0);
}

static void ignore_all(struct shadow_thread *t, bool begin)
{
    shadow_ignore(t, SHADOW_IGNORE_READS, begin);
    shadow_ignore(t, SHADOW_IGNORE_WRITES, begin);
    shadow_ignore(t, SHADOW_IGNORE_SYNC, begin);
}

PRELOAD_EXPORT void __tsan_mutex_create(void *m, unsigned flags)
{
    struct base_where at = PRELOAD_CALLER;

    PRELOAD_TELL(shadow_custom_init(t, preload_object(m), how(flags), &at));
}

PRELOAD_EXPORT void __tsan_mutex_destroy(void *m, unsigned flags)
{
    struct base_where at = PRELOAD_CALLER;

    PRELOAD_TELL(shadow_custom_destroy(t, preload_object(m), how(flags), &at));
}

PRELOAD_EXPORT void __tsan_mutex_pre_lock(void *m, unsigned flags)
{
    struct base_where at = PRELOAD_CALLER;

    PRELOAD_TELL(shadow_custom_want(t, preload_object(m), how(flags), &at); ignore_all(t, true));
}

static void lock(struct shadow_thread *t, void *m, unsigned flags, int times,
                 const struct base_where *at)
{
    unsigned again = flags & RECURSIVE_LOCK ? WRITE_REENTRANT : 0;

    shadow_custom_lock(t, preload_object(m), how(flags), at);
    while (again && times-- > 1)
        shadow_custom_lock(t, preload_object(m), how(flags | again), at);
}

PRELOAD_EXPORT void __tsan_mutex_post_lock(void *m, unsigned flags, int recursion)
{
    struct base_where at = PRELOAD_CALLER;

    PRELOAD_TELL(ignore_all(t, false);
                 if (!(flags & TRY_LOCK_FAILED)) lock(t, m, flags, recursion, &at));
}

static int unlock(struct shadow_thread *t, void *m, unsigned flags, const struct base_where *at)
{
    int times = flags & RECURSIVE_UNLOCK ? (int)shadow_custom_depth(t, preload_object(m)) : 1,
        done = 0;

    do
        shadow_custom_unlock(t, preload_object(m), how(flags), at);
    while (++done < times);
    return done;
}

/* Returns how often it gave the lock back, for post_lock to take it as often again. */
PRELOAD_EXPORT int __tsan_mutex_pre_unlock(void *m, unsigned flags)
{
    struct base_where at = PRELOAD_CALLER;
    int times = 1;

    PRELOAD_TELL(times = unlock(t, m, flags, &at); ignore_all(t, true));
    return times;
}

PRELOAD_EXPORT void __tsan_mutex_post_unlock(void *m, unsigned flags)
{
    PRELOAD_TELL(ignore_all(t, false));
}

PRELOAD_EXPORT void __tsan_mutex_pre_signal(void *m, unsigned flags)
{
    PRELOAD_TELL(ignore_all(t, true));
}

PRELOAD_EXPORT void __tsan_mutex_post_signal(void *m, unsigned flags)
{
    PRELOAD_TELL(ignore_all(t, false));
}

/* Out of the lock's code for a while, as when it calls back. */
PRELOAD_EXPORT void __tsan_mutex_pre_divert(void *m, unsigned flags)
{
    PRELOAD_TELL(ignore_all(t, false));
}

PRELOAD_EXPORT void __tsan_mutex_post_divert(void *m, unsigned flags)
{
    PRELOAD_TELL(ignore_all(t, true));
}

PRELOAD_EXPORT void __tsan_ignore_thread_begin(void)
{
    PRELOAD_TELL(shadow_ignore(t, SHADOW_IGNORE_READS, true);
                 shadow_ignore(t, SHADOW_IGNORE_WRITES, true));
}

PRELOAD_EXPORT void __tsan_ignore_thread_end(void)
{
    PRELOAD_TELL(shadow_ignore(t, SHADOW_IGNORE_READS, false);
                 shadow_ignore(t, SHADOW_IGNORE_WRITES, false));
}

/* ---- objects of other languages: a call that reads or changes one is an access to its first byte -------------- */

PRELOAD_EXPORT void *__tsan_external_register_tag(const char *type)
{
    return (void *)type;
}

PRELOAD_EXPORT void __tsan_external_register_header(void *tag, const char *header) {}

PRELOAD_EXPORT void __tsan_external_assign_tag(void *p, void *tag) {}

static void external(void *p, uint32_t flags, struct base_where at)
{
    if (!preload_checked_pc(at.pc))
        return;
    PRELOAD_TELL(shadow_range(t, A(p), 1, flags | SHADOW_PLAIN | SHADOW_EXACT, &at));
}

PRELOAD_EXPORT void __tsan_external_read(void *p, void *pc, void *tag)
{
    external(p, 0, PRELOAD_CALLER);
}

PRELOAD_EXPORT void __tsan_external_write(void *p, void *pc, void *tag)
{
    external(p, SHADOW_WRITE, PRELOAD_CALLER);
}

/* ---- fibers ---------------------------------------------------------------------------------------------------- */

/* The fiber that runs on this thread; the thread's own one is this variable's address. */
static __thread char preload_own_fiber[8] __attribute__((aligned(8)));
static __thread void *preload_fiber;

PRELOAD_EXPORT void *__tsan_get_current_fiber(void)
{
    if (!preload_fiber)
        preload_fiber = preload_own_fiber;
    return preload_fiber;
}

/* Made now, first run later: knows what is known here. */
PRELOAD_EXPORT void *__tsan_create_fiber(unsigned flags)
{
    void *fiber = PRELOAD_REAL(malloc)(8);

    if (fiber)
        PRELOAD_TELL(shadow_release(t, A(fiber)));
    return fiber;
}

PRELOAD_EXPORT void __tsan_destroy_fiber(void *fiber)
{
    PRELOAD_TELL(shadow_sync_forget(A(fiber)));
    PRELOAD_REAL(free)(fiber);
}

PRELOAD_EXPORT void __tsan_switch_to_fiber(void *fiber, unsigned flags)
{
    void *from = __tsan_get_current_fiber();

    PRELOAD_TELL(shadow_release(t, A(from)); shadow_acquire(t, A(fiber)));
    preload_fiber = fiber;
}

PRELOAD_EXPORT void __tsan_set_fiber_name(void *fiber, const char *name) {}
