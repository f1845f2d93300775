// A lock told by tsan_interface.h; what its own code does is not looked at.
// expect: none
#include "race.h"

#define WEAK __attribute__((weak))
void __tsan_mutex_create(void *m, unsigned flags) WEAK;
void __tsan_mutex_pre_lock(void *m, unsigned flags) WEAK;
void __tsan_mutex_post_lock(void *m, unsigned flags, int recursion) WEAK;
int __tsan_mutex_pre_unlock(void *m, unsigned flags) WEAK;
void __tsan_mutex_post_unlock(void *m, unsigned flags) WEAK;
#define TELL(call) (__tsan_mutex_create ? (void)(call) : (void)0)

static char lock[8];
static volatile long inner; /* the lock's own, which is not looked at */

static volatile long shared;

NOINLINE static void first(void)
{
    TELL(__tsan_mutex_pre_lock(lock, 0));
    inner++;
    TELL(__tsan_mutex_post_lock(lock, 0, 1));
    shared++;
    TELL(__tsan_mutex_pre_unlock(lock, 0));
    inner++;
    TELL(__tsan_mutex_post_unlock(lock, 0));
}

NOINLINE static void second(void)
{
    TELL(__tsan_mutex_pre_lock(lock, 0));
    inner++;
    TELL(__tsan_mutex_post_lock(lock, 0, 1));
    shared++;
    TELL(__tsan_mutex_pre_unlock(lock, 0));
    inner++;
    TELL(__tsan_mutex_post_unlock(lock, 0));
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
