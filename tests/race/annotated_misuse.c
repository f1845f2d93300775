// Locks told of by functions, and used wrongly; those that live to the end, or may be taken again, are not.
// expect: mutex-misuse in=read_by_writer
// expect: mutex-misuse in=given_back_otherwise
// expect: mutex-misuse in=given_back_twice
#include "race.h"

#define WEAK __attribute__((weak))
void AnnotateRWLockCreate(const char *file, int line, const volatile void *lock) WEAK;
void AnnotateRWLockCreateStatic(const char *file, int line, const volatile void *lock) WEAK;
void AnnotateRWLockDestroy(const char *file, int line, const volatile void *lock) WEAK;
void AnnotateRWLockAcquired(const char *file, int line, const volatile void *lock,
                            long writes) WEAK;
void AnnotateRWLockReleased(const char *file, int line, const volatile void *lock,
                            long writes) WEAK;
void __tsan_mutex_create(void *lock, unsigned flags) WEAK;
void __tsan_mutex_destroy(void *lock, unsigned flags) WEAK;
void __tsan_mutex_post_lock(void *lock, unsigned flags, int recursion) WEAK;
int __tsan_mutex_pre_unlock(void *lock, unsigned flags) WEAK;
void __tsan_mutex_post_unlock(void *lock, unsigned flags) WEAK;

#define TAKE(lock, writes) AnnotateRWLockAcquired(__FILE__, __LINE__, lock, writes)
#define GIVE(lock, writes) AnnotateRWLockReleased(__FILE__, __LINE__, lock, writes)
enum { REENTRANT = 2, RECURSIVE_LOCK = 64, RECURSIVE_UNLOCK = 128, NOT_STATIC = 256 };

static long read_too, otherwise, twice, to_the_end, again, kept;

NOINLINE static void read_by_writer(void)
{
    TAKE(&read_too, 1);
    TAKE(&read_too, 0);
    GIVE(&read_too, 0);
    GIVE(&read_too, 1);
}

NOINLINE static void given_back_otherwise(void)
{
    TAKE(&otherwise, 1);
    GIVE(&otherwise, 0);
}

NOINLINE static void given_back_twice(void)
{
    TAKE(&twice, 1);
    GIVE(&twice, 1);
    GIVE(&twice, 1);
}

static void used_rightly(void)
{
    int times;

    TAKE(&to_the_end, 1);
    AnnotateRWLockCreateStatic(__FILE__, __LINE__, &to_the_end);
    AnnotateRWLockDestroy(__FILE__, __LINE__, &to_the_end);
    GIVE(&to_the_end, 1);

    __tsan_mutex_create(&again, REENTRANT);
    __tsan_mutex_post_lock(&again, 0, 0);
    __tsan_mutex_post_lock(&again, 0, 0);
    times = __tsan_mutex_pre_unlock(&again, RECURSIVE_UNLOCK);
    __tsan_mutex_post_unlock(&again, RECURSIVE_UNLOCK);
    MUST(times == 2);
    __tsan_mutex_post_lock(&again, RECURSIVE_LOCK, times);
    for (; times; times--) {
        MUST(__tsan_mutex_pre_unlock(&again, 0) == 1);
        __tsan_mutex_post_unlock(&again, 0);
    }
    __tsan_mutex_destroy(&again, 0);

    __tsan_mutex_create(&kept, 0);
    __tsan_mutex_post_lock(&kept, 0, 0);
    __tsan_mutex_destroy(&kept, NOT_STATIC);
    MUST(__tsan_mutex_pre_unlock(&kept, 0) == 1);
    __tsan_mutex_post_unlock(&kept, 0);
}

int main(void)
{
    if (!AnnotateRWLockCreate || !__tsan_mutex_create)
        return 0; /* natively */
    read_by_writer();
    given_back_otherwise();
    given_back_twice();
    used_rightly();
    return 0;
}
