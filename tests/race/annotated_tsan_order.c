// Locks told by tsan_interface.h, taken in opposite order: their users could block for ever.
// expect: lock-order-inversion in=pay,refund
#include "race.h"

#define WEAK __attribute__((weak))
void __tsan_mutex_create(void *m, unsigned flags) WEAK;
void __tsan_mutex_pre_lock(void *m, unsigned flags) WEAK;
void __tsan_mutex_post_lock(void *m, unsigned flags, int recursion) WEAK;
int __tsan_mutex_pre_unlock(void *m, unsigned flags) WEAK;
void __tsan_mutex_post_unlock(void *m, unsigned flags) WEAK;
#define TELL(call) (__tsan_mutex_create ? (void)(call) : (void)0)

static char from_lock[8], to_lock[8];

static void take(void *lock, unsigned flags)
{
    TELL(__tsan_mutex_pre_lock(lock, flags));
    TELL(__tsan_mutex_post_lock(lock, flags, 1));
}

static void give(void *lock)
{
    TELL(__tsan_mutex_pre_unlock(lock, 0));
    TELL(__tsan_mutex_post_unlock(lock, 0));
}

NOINLINE static void pay(void)
{
    take(from_lock, 0);
    take(to_lock, 0);
    give(to_lock);
    give(from_lock);
}

NOINLINE static void refund(void)
{
    take(to_lock, 0);
    take(from_lock, 0);
    give(from_lock);
    give(to_lock);
}

static void *early(void *arg)
{
    pay();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    refund();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
