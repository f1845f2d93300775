// What sync_word_reused.c and its racy twin share.
#include "race.h"

static union {
    int count;
    int *where;
} slot;

static int target = 7;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void *count(void *arg)
{
    __atomic_fetch_add(&slot.count, 1, __ATOMIC_RELAXED);
    return arg;
}

NOINLINE static void *writer(void *arg)
{
    pthread_mutex_lock(&lock);
    slot.where = &target;
    pthread_mutex_unlock(&lock);
    unseen_step();
    return arg;
}

NOINLINE static void check(void)
{
    MUST(slot.where == &target);
}
