/* The futex lock: exclusion, try, and waiters that are woken. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "base/lock.h"

static struct base_lock lock = BASE_LOCK_INIT;
static long counter;

static void *count(void *arg)
{
    for (int i = 0; i < 50000; i++) {
        base_lock_acquire(&lock);
        counter++;
        base_lock_release(&lock);
    }
    return arg;
}

Test(base_lock, excludes)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(counter, 200000);
    cr_assert_eq(lock.word, 0);
}

Test(base_lock, try_does_not_wait)
{
    cr_assert(base_lock_try(&lock));
    cr_assert_not(base_lock_try(&lock));
    base_lock_release(&lock);
    cr_assert(base_lock_try(&lock));
}

static void *wait_for_it(void *arg)
{
    base_lock_acquire(&lock);
    base_lock_release(&lock);
    return arg;
}

Test(base_lock, a_sleeping_waiter_is_woken)
{
    pthread_t threads[3];

    base_lock_acquire(&lock);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, wait_for_it, NULL);
    while (__atomic_load_n(&lock.word, __ATOMIC_RELAXED) != 2)
        usleep(100);
    usleep(2000);
    base_lock_release(&lock);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}
