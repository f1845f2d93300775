/* Every primitive: an order that it makes, and one that it does not. */
#include <criterion/criterion.h>

#include "model.h"
#include "shadow/stamp.h"
#include "shadow/thread.h"

static struct actor a, b, c;
static uint32_t *x;

static uintptr_t object(unsigned n)
{
    return (uintptr_t)model_memory + 65536 + 64 * n;
}

static void start(void)
{
    model_start(&a, SHADOW_FORM_GS);
    x = (uint32_t *)(model_memory + 256);
    model_spawn(&a, &b);
    model_spawn(&a, &c);
}

TestSuite(sync, .init = start);

static void expect(uint64_t races_a, uint64_t races_b)
{
    cr_expect_eq(model_races(&a), races_a);
    cr_expect_eq(model_races(&b), races_b);
}

Test(sync, nothing_orders)
{
    model_write(&a, x, 4);
    model_write(&b, x, 4);
    expect(0, 1);
    cr_expect_eq(fake_report.kinds[REPORT_DATA_RACE], 1);
}

Test(sync, reads_do_not_race)
{
    model_read(&a, x, 4);
    model_read(&b, x, 4);
    model_read(&c, x, 4);
    expect(0, 0);
    model_write(&b, x, 4);
    expect(0, 1);
}

static void lock_and_unlock(struct actor *who, uintptr_t m)
{
    shadow_mutex_lock(who->t, m, 0, NULL);
    shadow_mutex_unlock(who->t, m);
}

static uint8_t quick(uintptr_t m)
{
    return shadow_sync_find(m)->quick;
}

/* All releases but the first change the clock of the stamp alone. */
Test(sync, a_lock_that_its_last_holder_gives_back_again)
{
    model_write(&a, x, 4);
    lock_and_unlock(&a, object(0));
    cr_expect_eq(quick(object(0)), SHADOW_SYNC_QUICK);
    for (int i = 1; i < 4; i++) {
        model_write(&a, x + i, 4);
        cr_expect(shadow_stamp_is_last(a.t, &shadow_sync_find(object(0))->stamp));
        lock_and_unlock(&a, object(0));
    }
    model_write(&a, x + 4, 4);
    shadow_mutex_lock(b.t, object(0), 0, NULL);
    for (int i = 0; i < 4; i++)
        model_write(&b, x + i, 4);
    expect(0, 0);
    model_write(&b, x + 4, 4); /* behind the last release */
    expect(0, 1);
}

Test(sync, what_it_has_learnt_goes_along)
{
    lock_and_unlock(&a, object(0));
    model_write(&c, x, 4);
    shadow_release(c.t, object(1));
    shadow_acquire(a.t, object(1));
    lock_and_unlock(&a, object(0));
    lock_and_unlock(&b, object(0));
    model_write(&b, x, 4);
    expect(0, 0);
}

Test(sync, a_lock_whose_object_others_release_into)
{
    lock_and_unlock(&a, object(0));
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    model_write(&a, x, 4);
    model_write(&c, x + 1, 4);
    shadow_release(c.t, object(0));
    cr_expect_eq(quick(object(0)), SHADOW_SYNC_NEVER_QUICK);
    shadow_mutex_unlock(a.t, object(0));
    cr_expect_eq(quick(object(0)), SHADOW_SYNC_NEVER_QUICK);
    shadow_mutex_lock(b.t, object(0), 0, NULL);
    model_write(&b, x, 4);
    model_write(&b, x + 1, 4);
    expect(0, 0);
}

Test(sync, a_lock_that_another_one_gives_back)
{
    lock_and_unlock(&a, object(0));
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    shadow_mutex_unlock(b.t, object(0));
    cr_expect_eq(quick(object(0)), SHADOW_SYNC_NEVER_QUICK);
}

Test(sync, a_lock_that_is_destroyed_while_it_is_held)
{
    lock_and_unlock(&a, object(0));
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    model_write(&a, x, 4);
    shadow_sync_drop_range(object(0), object(0) + 1, NULL);
    shadow_mutex_unlock(a.t, object(0));
    lock_and_unlock(&b, object(0));
    model_write(&b, x, 4);
    expect(0, 0);
}

Test(sync, what_all_threads_have_done)
{
    model_write(&b, x, 4);
    shadow_thread_gather(a.t);
    model_write(&a, x, 4);
    expect(0, 0);
    model_write(&b, x + 16, 4); /* later */
    model_write(&a, x + 16, 4);
    expect(1, 0);
    model_write(&b, x, 4); /* they get nothing for it */
    expect(1, 1);
}

Test(sync, clearing_much_forgets_objects)
{
    model_write(&a, x, 4);
    shadow_release(a.t, object(0));
    shadow_clear(a.t, 0, SIZE_MAX); /* munmap() that the kernel refuses */
    shadow_acquire(b.t, object(0));
    model_write(&b, x, 4);
    expect(0, 0);
    shadow_release(b.t, object(0));
    shadow_clear(b.t, (uintptr_t)model_memory + 4096, SHADOW_END - (uintptr_t)model_memory - 4096);
    shadow_acquire(a.t, object(0));
    model_write(&a, x, 4);
    expect(1, 0);
}

Test(sync, mutex)
{
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    model_write(&a, x, 4);
    shadow_mutex_unlock(a.t, object(0));
    shadow_mutex_lock(b.t, object(0), 0, NULL);
    model_write(&b, x, 4);
    shadow_mutex_unlock(b.t, object(0));
    expect(0, 0);
    model_write(&a, x, 4);
    expect(1, 0);
}

Test(sync, two_mutexes_do_not_order)
{
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    model_write(&a, x, 4);
    shadow_mutex_unlock(a.t, object(0));
    shadow_mutex_lock(b.t, object(1), 0, NULL);
    model_write(&b, x, 4);
    expect(0, 1);
}

Test(sync, mutex_initialised_anew)
{
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    model_write(&a, x, 4);
    shadow_mutex_unlock(a.t, object(0));
    shadow_mutex_destroy(a.t, object(0), 0, NULL);
    shadow_mutex_init(b.t, object(0), 0, NULL);
    shadow_mutex_lock(b.t, object(0), 0, NULL);
    model_write(&b, x, 4);
    expect(0, 1);
}

Test(sync, readers_are_not_ordered)
{
    shadow_rwlock_lock(a.t, object(0), SHADOW_LOCK_SHARED, NULL);
    model_write(&a, x, 4);
    shadow_rwlock_unlock(a.t, object(0));
    shadow_rwlock_lock(b.t, object(0), SHADOW_LOCK_SHARED, NULL);
    model_write(&b, x, 4);
    expect(0, 1);
}

Test(sync, writer_after_readers)
{
    shadow_rwlock_lock(a.t, object(0), SHADOW_LOCK_SHARED, NULL);
    model_read(&a, x, 4);
    shadow_rwlock_unlock(a.t, object(0));
    shadow_rwlock_lock(b.t, object(0), 0, NULL);
    model_write(&b, x, 4);
    shadow_rwlock_unlock(b.t, object(0));
    shadow_rwlock_lock(a.t, object(0), SHADOW_LOCK_SHARED, NULL);
    model_read(&a, x, 4);
    expect(0, 0);
}

Test(sync, condition)
{
    model_write(&a, x, 4);
    shadow_cond_signal(a.t, object(0));
    shadow_cond_leave(b.t, object(0), true);
    model_write(&b, x, 4);
    expect(0, 0);
    model_write(&a, x, 4);
    expect(1, 0);
}

Test(sync, barrier_with_a_late_leaver)
{
    shadow_barrier_init(object(0), 2);
    model_write(&a, x, 4);
    shadow_barrier_enter(a.t, object(0));
    shadow_barrier_enter(b.t, object(0));
    shadow_barrier_leave(b.t, object(0));
    model_write(&b, x, 4); /* ordered after a's */
    expect(0, 0);
    shadow_barrier_enter(b.t, object(0)); /* the next round, before a has left this one */
    shadow_barrier_leave(a.t, object(0));
    model_read(&a, x, 4); /* races with b's write behind the first round */
    expect(1, 0);
}

/* Nobody makes this one: each says how many there are as it enters. */
Test(sync, barrier_that_is_expected)
{
    shadow_barrier_expect(object(0), 2);
    model_write(&a, x, 4);
    shadow_barrier_enter(a.t, object(0));
    shadow_barrier_expect(object(0), 2);
    shadow_barrier_enter(b.t, object(0));
    shadow_barrier_leave(b.t, object(0));
    model_write(&b, x, 4);
    expect(0, 0);
    shadow_barrier_expect(object(0), 2);
    shadow_barrier_enter(b.t, object(0)); /* rounds are told apart */
    shadow_barrier_leave(a.t, object(0));
    model_read(&a, x, 4);
    expect(1, 0);
}

Test(sync, barrier_of_unknown_count)
{
    shadow_barrier_expect(object(0), 0);
    model_write(&a, x, 4);
    shadow_barrier_enter(a.t, object(0));
    shadow_barrier_enter(b.t, object(0));
    shadow_barrier_leave(b.t, object(0));
    model_write(&b, x, 4);
    expect(0, 0);
}

Test(sync, barrier_with_more_threads_than_it_takes)
{
    shadow_barrier_init(object(0), 2);
    model_write(&c, x, 4);
    shadow_barrier_enter(a.t, object(0));
    shadow_barrier_enter(b.t, object(0));
    shadow_barrier_enter(c.t, object(0)); /* which of them the kernel lets pass is not known */
    shadow_barrier_leave(a.t, object(0));
    model_write(&a, x, 4);
    expect(0, 0);
}

Test(sync, semaphore)
{
    model_write(&a, x, 4);
    shadow_sem_post(a.t, object(0));
    model_write(&b, x + 1, 4);
    shadow_sem_post(b.t, object(0));
    shadow_sem_wait(c.t, object(0));
    model_write(&c, x, 4);
    model_write(&c, x + 1, 4);
    cr_expect_eq(model_races(&c), 0);
    shadow_sem_destroy(object(0));
    shadow_sem_wait(b.t, object(0));
    model_read(&b, x, 4);
    expect(0, 1);
}

Test(sync, once)
{
    model_write(&a, x, 4);
    shadow_once_done(a.t, object(0));
    shadow_once_pass(a.t, object(0));
    shadow_once_pass(b.t, object(0));
    model_read(&b, x, 4);
    expect(0, 0);
    model_read(&c, x, 4);
    cr_expect_eq(model_races(&c), 1);
}

Test(sync, create_and_join)
{
    struct actor child;

    model_write(&a, x, 4);
    model_spawn(&a, &child);
    model_write(&child, x, 4);
    model_join(&a, &child);
    model_write(&a, x, 4);
    expect(0, 0);
    model_spawn(&a, &child);
    model_write(&a, x, 4);
    model_read(&child, x, 4);
    cr_expect_eq(model_races(&child), 1);
}

Test(sync, knowledge_passes_through)
{
    model_write(&a, x, 4);
    shadow_release(a.t, object(0));
    shadow_acquire(b.t, object(0));
    shadow_release(b.t, object(1)); /* b stamped nothing, but knows more than before */
    shadow_acquire(c.t, object(1));
    model_write(&c, x, 4);
    cr_expect_eq(model_races(&c), 0);
}

Test(sync, finding_names_both_sides_and_locks)
{
    struct base_where at = { .pc = 0x123 };

    shadow_thread_set_name(b.t, "worker");
    shadow_mutex_init(a.t, object(0), 0, &at);
    shadow_mutex_lock(a.t, object(0), 0, &at);
    model_access(&a, (uintptr_t)x, 8, SHADOW_WRITE, 0x111);
    shadow_mutex_unlock(a.t, object(0));
    shadow_mutex_lock(b.t, object(1), 0, &at);
    model_access(&b, (uintptr_t)x + 4, 4, 0, 0x222);

    struct report_finding *f = &fake_report.last;
    cr_assert_eq(fake_report.emitted, 1);
    cr_expect_eq(f->nsides, 2);
    cr_expect_eq(f->sides[0].stack, 0x222);
    cr_expect_eq(f->sides[0].op, REPORT_READ);
    cr_expect_eq(f->sides[1].stack, 0x111);
    cr_expect_eq(f->sides[1].op, REPORT_WRITE);
    cr_expect_eq(f->sides[1].size, 8);
    cr_expect_eq(f->sides[1].nlocks, 1);
    cr_expect_eq(f->nlocks, 2);
    cr_expect_eq(f->nthreads, 2);
    cr_expect_str_eq(f->threads[0].name, "worker");
    cr_expect_eq(f->addr, (uintptr_t)x + 4);
    model_access(&c, (uintptr_t)x + 4, 4, 1, 0x333);
    cr_expect_eq(fake_report.emitted, 2);
}
