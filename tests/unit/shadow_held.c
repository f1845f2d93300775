/* Which locks are held, how often, and what is said of their misuse. */
#include <criterion/criterion.h>

#include "base/options.h"
#include "model.h"
#include "shadow/held.h"
#include "shadow/thread.h"

static struct actor a, b;

static uintptr_t object(unsigned n)
{
    return (uintptr_t)model_memory + 65536 + 64 * n;
}

static void start(void)
{
    model_start(&a, SHADOW_FORM_GS);
    model_spawn(&a, &b);
}

TestSuite(held, .init = start);

static void expect_misuse(enum report_misuse what)
{
    cr_expect_eq(fake_report.kinds[REPORT_MUTEX_MISUSE], 1);
    cr_expect_eq(fake_report.last.misuse, what);
    fake_report_clear();
}

Test(held, a_recursive_lock_counts)
{
    cr_expect(!shadow_lock_wanted(a.t, object(0), 0, NULL));
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    cr_expect(shadow_lock_wanted(a.t, object(0), 0, NULL));
    shadow_mutex_lock(a.t, object(0), 0, NULL);
    cr_expect_eq(a.t->nheld, 1);
    cr_expect(shadow_mutex_unlock(a.t, object(0)));
    cr_expect_eq(a.t->nheld, 1);
    cr_expect(shadow_mutex_unlock(a.t, object(0)));
    cr_expect_eq(a.t->nheld, 0);
    cr_expect(!shadow_mutex_unlock(a.t, object(0)));
    cr_expect(!shadow_mutex_unlock(b.t, object(1)));
}

/* The entry says what it said last, but who called. */
Test(held, taken_at_the_same_place_again)
{
    struct base_where at = { .pc = 0x1000, .sp = (uintptr_t)model_stack };
    uintptr_t was = model_stack[1];

    report_stack_callers(&a.t->walker, NULL, &at); /* knows the stack */
    for (uintptr_t ret = 1; ret < 4; ret++) {
        model_stack[1] = ret;
        shadow_mutex_lock(a.t, object(0), 0, &at);
        cr_expect_eq(a.t->held[0].cfa, (uintptr_t)(model_stack + 2));
        cr_expect_eq(a.t->held[0].ret, ret);
        shadow_mutex_unlock(a.t, object(0));
    }
    at.sp = (uintptr_t)(model_stack + 1); /* another frame, that is not found there */
    shadow_mutex_lock(a.t, object(0), 0, &at);
    cr_expect_eq(a.t->held[0].ret, 0);
    shadow_mutex_unlock(a.t, object(0));
    shadow_sync_forget(object(0));
    shadow_mutex_lock(a.t, object(0), 0, &at);
    cr_expect_eq(a.t->held[0].sync, shadow_sync_find(object(0)));
    model_stack[1] = was;
}

Test(held, readers_may_come_again_and_writers_not)
{
    unsigned shared = SHADOW_LOCK_RW | SHADOW_LOCK_SHARED;

    shadow_rwlock_lock(a.t, object(0), shared, NULL);
    cr_expect(!shadow_lock_wanted(a.t, object(0), shared, NULL));
    cr_expect(shadow_lock_wanted(a.t, object(0), SHADOW_LOCK_RW, NULL));
    shadow_rwlock_lock(a.t, object(0), shared, NULL);
    cr_expect(shadow_rwlock_unlock(a.t, object(0)));
    cr_expect(shadow_rwlock_unlock(a.t, object(0)));
    cr_expect(!shadow_rwlock_unlock(a.t, object(0)));
    shadow_rwlock_lock(a.t, object(0), SHADOW_LOCK_RW, NULL);
    cr_expect(shadow_lock_wanted(a.t, object(0), shared, NULL));
}

Test(held, more_than_there_is_room_for)
{
    for (unsigned i = 0; i < 5 * SHADOW_HELD; i++)
        shadow_mutex_lock(a.t, object(i), SHADOW_LOCK_TRIED, NULL);
    cr_expect_eq(a.t->nheld, 5 * SHADOW_HELD);
    for (unsigned i = 0; i < 5 * SHADOW_HELD; i++)
        cr_expect(shadow_mutex_unlock(a.t, object(i)));
    cr_expect_eq(a.t->nheld, 0);
}

Test(held, who_holds_it)
{
    struct base_where at = { .pc = 0x111 }, wrong = { .pc = 0x222 };

    shadow_mutex_lock(a.t, object(0), 0, &at);
    cr_expect(!shadow_mutex_unlock(b.t, object(0)));
    shadow_misuse(b.t, REPORT_UNLOCK_UNLOCKED, object(0), 0, &wrong);
    cr_expect_eq(fake_report.last.nsides, 2);
    cr_expect_eq(fake_report.last.sides[0].stack, 0x222);
    cr_expect_eq(fake_report.last.sides[0].op, REPORT_UNLOCK);
    cr_expect_eq(fake_report.last.sides[1].role, REPORT_LOCKED);
    cr_expect_eq(fake_report.last.sides[1].stack, 0x111);
    cr_expect_eq(fake_report.last.nlocks, 1);
    expect_misuse(REPORT_UNLOCK_FOREIGN);
    shadow_mutex_destroy(b.t, object(0), 0, &wrong); /* by then it is free */
    cr_expect_eq(fake_report.emitted, 0);
}

Test(held, libc_refuses_and_the_lock_stays_held)
{
    struct base_where at = { .pc = 0x111 };

    shadow_mutex_lock(a.t, object(0), 0, &at);
    shadow_misuse(b.t, REPORT_UNLOCK_UNLOCKED, object(0), SHADOW_LOCK_CHECKED, &at);
    expect_misuse(REPORT_UNLOCK_FOREIGN);
    shadow_mutex_destroy(b.t, object(0), 0, &at);
    expect_misuse(REPORT_DESTROY_HELD);
    cr_expect(shadow_mutex_unlock(a.t, object(0)));
}

Test(held, made_anew_while_it_is_held)
{
    struct base_where at = { .pc = 0x111 };

    shadow_mutex_init(a.t, object(0), 0, &at);
    shadow_mutex_lock(a.t, object(0), 0, &at);
    shadow_mutex_init(a.t, object(0), 0, &at);
    expect_misuse(REPORT_INIT_HELD);
    cr_expect(!shadow_lock_wanted(a.t, object(0), 0, &at)); /* another lock now */
    cr_expect_eq(a.t->nheld, 0);
}

Test(held, a_reader_is_in_it)
{
    struct base_where at = { .pc = 0x111 };

    shadow_rwlock_lock(a.t, object(0), SHADOW_LOCK_RW | SHADOW_LOCK_SHARED, &at);
    shadow_mutex_destroy(b.t, object(0), SHADOW_LOCK_RW, &at);
    cr_expect_eq(fake_report.last.lock_type, REPORT_RWLOCK);
    expect_misuse(REPORT_DESTROY_HELD);
    shadow_rwlock_unlock(a.t, object(0));
    shadow_mutex_destroy(b.t, object(0), SHADOW_LOCK_RW, &at);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(held, freed_with_its_memory)
{
    struct base_where at = { .pc = 0x111 };

    shadow_heap_alloc(a.t, object(0), 128, &at);
    shadow_mutex_lock(b.t, object(0), 0, &at);
    shadow_mutex_lock(b.t, object(1), 0, &at);
    shadow_mutex_unlock(b.t, object(1));
    shadow_heap_free(b.t, object(0), &at);
    expect_misuse(REPORT_FREE_HELD);
}

Test(held, the_end_of_a_thread)
{
    struct base_where at = { .pc = 0x111 };

    shadow_mutex_lock(b.t, object(0), SHADOW_LOCK_ROBUST, &at);
    shadow_mutex_lock(b.t, object(1), SHADOW_LOCK_TRIED, &at);
    shadow_thread_exit(b.t);
    cr_expect_eq(fake_report.last.addr, object(1));
    expect_misuse(REPORT_EXIT_HELD);
}

Test(held, waits_with_two_mutexes)
{
    uintptr_t cond = object(9), m = object(0), other = object(1);

    cr_expect(shadow_cond_enter(a.t, cond, m));
    cr_expect(shadow_cond_enter(b.t, cond, m));
    shadow_cond_leave(b.t, cond, true);
    cr_expect(!shadow_cond_enter(b.t, cond, other));
    shadow_cond_leave(a.t, cond, true);
    shadow_cond_leave(b.t, cond, true);
    cr_expect(shadow_cond_enter(a.t, cond, other));
    shadow_cond_signal(b.t, cond); /* a has not returned yet */
    cr_expect(shadow_cond_enter(b.t, cond, m));
}

Test(held, threads_left_behind)
{
    struct actor c, d;

    model_spawn(&a, &c);
    model_spawn(&a, &d);
    shadow_thread_detach(c.t);
    shadow_thread_exit(c.t);
    shadow_thread_leaks(a.t); /* b and d still run */
    cr_expect_eq(fake_report.emitted, 0);
    shadow_thread_exit(d.t);
    shadow_thread_leaks(a.t);
    cr_expect_eq(fake_report.kinds[REPORT_THREAD_LEAK], 1);
    cr_expect_eq(fake_report.emitted, 1);
    cr_expect_eq(fake_report.last.sides[0].role, REPORT_CREATED);
}

/* Only those that no signal can have woken are sure to wait. */
Test(held, conditions_that_are_waited_for)
{
    struct base_where at = { .pc = 0x777 };
    uintptr_t c = object(20), m = object(21);

    shadow_cond_idle(a.t, c, REPORT_DESTROY_WAITED, &at);
    shadow_cond_enter(a.t, c, m);
    shadow_cond_signal(b.t, c);
    shadow_cond_idle(b.t, c, REPORT_DESTROY_WAITED, &at);
    cr_expect_eq(fake_report.emitted, 0);
    shadow_cond_leave(a.t, c, true);
    shadow_cond_enter(a.t, c, m);
    shadow_cond_idle(b.t, c, REPORT_DESTROY_WAITED, &at);
    cr_expect_eq(fake_report.last.lock_type, REPORT_CONDITION);
    expect_misuse(REPORT_DESTROY_WAITED);
    shadow_cond_broadcast(b.t, c);
    shadow_cond_broadcast(b.t, c);
    shadow_cond_idle(b.t, c, REPORT_DESTROY_WAITED, &at);
    shadow_cond_leave(a.t, c, false);
    shadow_cond_idle(b.t, c, REPORT_DESTROY_WAITED, &at);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(held, barriers_that_are_waited_for)
{
    struct base_where at = { .pc = 0x778 };
    uintptr_t barrier = object(22);

    shadow_barrier_init(barrier, 2);
    shadow_barrier_idle(a.t, barrier, REPORT_DESTROY_WAITED, &at);
    shadow_barrier_enter(a.t, barrier);
    shadow_barrier_enter(b.t, barrier);
    shadow_barrier_leave(b.t, barrier);
    shadow_barrier_idle(b.t, barrier, REPORT_DESTROY_WAITED, &at); /* a is on its way out */
    cr_expect_eq(fake_report.emitted, 0);
    shadow_barrier_leave(a.t, barrier);
    shadow_barrier_enter(a.t, barrier);
    shadow_barrier_idle(b.t, barrier, REPORT_INIT_WAITED, &at);
    expect_misuse(REPORT_INIT_WAITED);
}
