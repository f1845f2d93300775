// A spin lock of gcc's old builtins.
// seeded: add_bare,add_bare
// seeded: add_bare,add_guarded
#include "locks.h"

static int taken;

static void lock(int self)
{
    (void)self;
    while (__sync_lock_test_and_set(&taken, 1))
        relax();
}

static void unlock(int self)
{
    (void)self;
    __sync_lock_release(&taken);
}
