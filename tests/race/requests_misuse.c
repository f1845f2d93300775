// Locks of the program's own, told of by requests, and used wrongly.
// expect: mutex-misuse in=unlock_free
// expect: mutex-misuse in=lock_twice
// expect: mutex-misuse in=destroy_locked
// expect: mutex-misuse in=lock_locked,hold
#include <valgrind/helgrind.h>

#include "race.h"

static long unlocked, twice, destroyed, taken;

NOINLINE static void unlock_free(void)
{
    ANNOTATE_RWLOCK_RELEASED(&unlocked, 1);
}

NOINLINE static void lock_twice(void)
{
    VALGRIND_HG_MUTEX_LOCK_PRE(&twice, 0);
    VALGRIND_HG_MUTEX_LOCK_POST(&twice);
}

NOINLINE static void destroy_locked(void)
{
    ANNOTATE_RWLOCK_ACQUIRED(&destroyed, 1);
    ANNOTATE_RWLOCK_DESTROY(&destroyed);
    ANNOTATE_RWLOCK_RELEASED(&destroyed, 1);
}

NOINLINE static void hold(void)
{
    ANNOTATE_RWLOCK_ACQUIRED(&taken, 1);
}

NOINLINE static void lock_locked(void)
{
    ANNOTATE_RWLOCK_ACQUIRED(&taken, 1);
    ANNOTATE_RWLOCK_RELEASED(&taken, 1);
}

static void *early(void *arg)
{
    hold();
    unseen_step();
    unseen_until(2);
    ANNOTATE_RWLOCK_RELEASED(&taken, 1);
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    lock_locked();
    unseen_step();
    return arg;
}

int main(void)
{
    ANNOTATE_RWLOCK_CREATE(&unlocked);
    unlock_free();
    VALGRIND_HG_MUTEX_INIT_POST(&twice, 0);
    lock_twice();
    lock_twice();
    VALGRIND_HG_MUTEX_UNLOCK_PRE(&twice);
    VALGRIND_HG_MUTEX_UNLOCK_PRE(&twice);
    destroy_locked();
    race_two(early, late, NULL);
    return 0;
}
