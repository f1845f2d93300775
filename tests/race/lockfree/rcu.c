// liburcu: readers in read-side sections, the writer waits for a grace period before it writes to the old block.
// Racy: it does not wait.
// seeded: update,read_config
// libs: -lurcu
#define _LGPL_SOURCE
#include <urcu.h>

#include "lockfree.h"

struct config {
    long value;
};

static struct config *current;

NOINLINE static long read_config(void)
{
    struct config *c = rcu_dereference(current);

    return c->value;
}

NOINLINE static void update(long value)
{
    struct config *fresh = malloc(sizeof *fresh), *old = current;

    fresh->value = value;
    rcu_assign_pointer(current, fresh);
    UNLESS_RACY(synchronize_rcu();)
    old->value = -1;
    UNLESS_RACY(free(old);)
}

static void *reader(void *arg)
{
    rcu_register_thread();
    rcu_read_lock();
    MUST(read_config() == 1);
    unseen_step();
    unseen_nap(3000);
    rcu_read_unlock();
    for (int i = 0; i < 50; i++) {
        rcu_read_lock();
        UNLESS_RACY(MUST(read_config() > 0);)
        IF_RACY(read_config();)
        rcu_read_unlock();
    }
    rcu_unregister_thread();
    return arg;
}

static void *writer(void *arg)
{
    unseen_until(1);
    for (long i = 0; i < 20; i++)
        update(i + 2);
    return arg;
}

int main(void)
{
    current = malloc(sizeof *current);
    current->value = 1;
    race_two(reader, writer, NULL);
    return 0;
}
