// Locks and a barrier are used by a thread that nothing has told that they were made.
// expect: data-race in=make_mutex,use_mutex location=global
// expect: data-race in=make_rwlock,use_rwlock location=global
// expect: data-race in=make_barrier,use_barrier location=global
#include "object_made.h"

static void *early(void *arg)
{
    make();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    use();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
