/*
 * preload/annotate_dynamic.c - the dynamic annotations that many programs carry, and those of <seance/seance.h>.
 *
 * Sources: dynamic_annotations.h of Chromium and Abseil, and what ThreadSanitizer answers. `file` and `line` name the place,
 * which is the caller all the same.
 */
#include "preload/annotate.h"

#include "seance/seance.h"

#define PLACE const char *file, int line
#define ROW(name, ...)                                                                             \
    void name(__VA_ARGS__);                                                                        \
    PRELOAD_EXPORT void name(__VA_ARGS__)
#define QUIET(name, ...)                                                                           \
    ROW(name, __VA_ARGS__) {}

static void acquire(const volatile void *p)
{
    PRELOAD_TELL(shadow_acquire(t, preload_object(p)));
}

static void release(const volatile void *p)
{
    PRELOAD_TELL(shadow_release(t, preload_object(p)));
}

static void forget(const volatile void *p)
{
    PRELOAD_TELL(shadow_sync_forget(preload_object(p)));
}

static void ignore(enum shadow_ignore what, bool begin)
{
    PRELOAD_TELL(shadow_ignore(t, what, begin));
}

static void benign(const volatile void *p, size_t n)
{
    PRELOAD_TELL(shadow_benign_add(A(p), n));
}

static void new_memory(const volatile void *p, size_t n)
{
    PRELOAD_TELL(shadow_clear(t, A(p), n));
}

static void locked(const volatile void *l, bool writes, struct base_where at)
{
    PRELOAD_TELL(shadow_custom_lock(t, preload_object(l), preload_lock_taken(writes), &at));
}

static void lock_made(const volatile void *l, unsigned flags, struct base_where at)
{
    PRELOAD_TELL(shadow_custom_init(t, preload_object(l), PRELOAD_LOCK_MADE | flags, &at));
}

static void unlocked(const volatile void *l, unsigned flags, struct base_where at)
{
    PRELOAD_TELL(shadow_custom_unlock(t, preload_object(l), SHADOW_LOCK_RW | flags, &at));
}

static void lock_gone(const volatile void *l, struct base_where at)
{
    PRELOAD_TELL(shadow_custom_destroy(t, preload_object(l), SHADOW_LOCK_RW, &at));
}

static void name_thread(const char *name)
{
    PRELOAD_TELL(if (name) shadow_thread_set_name(t, name));
}

/* ---- what orders ------------------------------------------------------------------------------------------------ */

ROW(AnnotateHappensBefore, PLACE, const volatile void *p)
{
    release(p);
}
ROW(AnnotateHappensAfter, PLACE, const volatile void *p)
{
    acquire(p);
}
ROW(WTFAnnotateHappensBefore, PLACE, const volatile void *p)
{
    release(p);
}
ROW(WTFAnnotateHappensAfter, PLACE, const volatile void *p)
{
    acquire(p);
}
ROW(AnnotateCondVarSignal, PLACE, const volatile void *p)
{
    release(p);
}
ROW(AnnotateCondVarSignalAll, PLACE, const volatile void *p)
{
    release(p);
}
ROW(AnnotateCondVarWait, PLACE, const volatile void *p, const volatile void *lock)
{
    acquire(p);
}
ROW(AnnotatePCQCreate, PLACE, const volatile void *p)
{
    forget(p);
}
ROW(AnnotatePCQDestroy, PLACE, const volatile void *p)
{
    forget(p);
}
ROW(AnnotatePCQPut, PLACE, const volatile void *p)
{
    release(p);
}
ROW(AnnotatePCQGet, PLACE, const volatile void *p)
{
    acquire(p);
}

ROW(AnnotateRWLockCreate, PLACE, const volatile void *l)
{
    lock_made(l, 0, PRELOAD_CALLER);
}
ROW(AnnotateRWLockCreateStatic, PLACE, const volatile void *l)
{
    lock_made(l, SHADOW_LOCK_STATIC, PRELOAD_CALLER);
}
ROW(AnnotateRWLockDestroy, PLACE, const volatile void *l)
{
    lock_gone(l, PRELOAD_CALLER);
}
ROW(AnnotateRWLockAcquired, PLACE, const volatile void *l, long writes)
{
    locked(l, writes != 0, PRELOAD_CALLER);
}
ROW(AnnotateRWLockReleased, PLACE, const volatile void *l, long writes)
{
    unlocked(l, writes ? 0 : SHADOW_LOCK_SHARED, PRELOAD_CALLER);
}

/* ---- what is left out ------------------------------------------------------------------------------------------- */

ROW(AnnotateBenignRace, PLACE, const volatile void *p, const char *why)
{
    benign(p, 8);
}
ROW(AnnotateBenignRaceSized, PLACE, const volatile void *p, size_t n, const char *why)
{
    benign(p, n);
}
ROW(WTFAnnotateBenignRaceSized, PLACE, const volatile void *p, size_t n, const char *why)
{
    benign(p, n);
}
ROW(AnnotateIgnoreReadsBegin, PLACE)
{
    ignore(SHADOW_IGNORE_READS, true);
}
ROW(AnnotateIgnoreReadsEnd, PLACE)
{
    ignore(SHADOW_IGNORE_READS, false);
}
ROW(AnnotateIgnoreWritesBegin, PLACE)
{
    ignore(SHADOW_IGNORE_WRITES, true);
}
ROW(AnnotateIgnoreWritesEnd, PLACE)
{
    ignore(SHADOW_IGNORE_WRITES, false);
}
ROW(AnnotateIgnoreSyncBegin, PLACE)
{
    ignore(SHADOW_IGNORE_SYNC, true);
}
ROW(AnnotateIgnoreSyncEnd, PLACE)
{
    ignore(SHADOW_IGNORE_SYNC, false);
}

/* ---- memory and names --------------------------------------------------------------------------------------------- */

ROW(AnnotateNewMemory, PLACE, const volatile void *p, size_t n)
{
    new_memory(p, n);
}
ROW(AnnotateThreadName, PLACE, const char *name)
{
    name_thread(name);
}

/* ---- words to other tools, or that change nothing here -------------------------------------------------------------- */

QUIET(AnnotateMutexIsNotPHB, PLACE, const volatile void *m)
QUIET(AnnotateMutexIsUsedAsCondVar, PLACE, const volatile void *m)
QUIET(AnnotateTraceMemory, PLACE, const volatile void *p)
QUIET(AnnotateFlushState, PLACE)
QUIET(AnnotateNoOp, PLACE, const volatile void *p)
QUIET(AnnotateExpectRace, PLACE, const volatile void *p, const char *why)
QUIET(AnnotateFlushExpectedRaces, PLACE)
QUIET(AnnotatePublishMemoryRange, PLACE, const volatile void *p, size_t n)
QUIET(AnnotateUnpublishMemoryRange, PLACE, const volatile void *p, size_t n)
QUIET(AnnotateMemoryIsInitialized, PLACE, const volatile void *p, size_t n)
QUIET(AnnotateMemoryIsUninitialized, PLACE, const volatile void *p, size_t n)

/* Off and on again: as accesses that are left out. */
ROW(AnnotateEnableRaceDetection, PLACE, int enable)
{
    ignore(SHADOW_IGNORE_READS, !enable);
    ignore(SHADOW_IGNORE_WRITES, !enable);
}

/* ---- <seance/seance.h> ------------------------------------------------------------------------------------------------ */

long seance_annotate(int what, const volatile void *p, unsigned long n, const char *text);

PRELOAD_EXPORT long seance_annotate(int what, const volatile void *p, unsigned long n,
                                    const char *text)
{
    struct base_where at = PRELOAD_CALLER;

    switch (what) {
    case SEANCE_WHAT_RUNNING: return preload_is_on();
    case SEANCE_WHAT_RELEASE: release(p); break;
    case SEANCE_WHAT_ACQUIRE: acquire(p); break;
    case SEANCE_WHAT_FORGET: forget(p); break;
    case SEANCE_WHAT_LOCK_INIT: lock_made(p, 0, at); break;
    case SEANCE_WHAT_LOCK_DESTROY: lock_gone(p, at); break;
    case SEANCE_WHAT_LOCKED: locked(p, n != 0, at); break;
    case SEANCE_WHAT_UNLOCKED: unlocked(p, SHADOW_LOCK_EITHER, at); break;
    case SEANCE_WHAT_BENIGN: benign(p, n); break;
    case SEANCE_WHAT_NEW_MEMORY: new_memory(p, n); break;
    case SEANCE_WHAT_IGNORE_BEGIN: ignore((enum shadow_ignore)(n % SHADOW_IGNORES), true); break;
    case SEANCE_WHAT_IGNORE_END: ignore((enum shadow_ignore)(n % SHADOW_IGNORES), false); break;
    case SEANCE_WHAT_THREAD_NAME: name_thread(text); break;
    default: return -1; /* a later header's */
    }
    return 0;
}
