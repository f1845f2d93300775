/* Locks and barriers that are told of by annotations, and what these leave out. */
#include <criterion/criterion.h>

#include "model.h"
#include "shadow/sync.h"
#include "shadow/thread.h"

#define RW SHADOW_LOCK_RW
#define READER (SHADOW_LOCK_RW | SHADOW_LOCK_SHARED)
#define REENTRANT (SHADOW_LOCK_RW | SHADOW_LOCK_REENTRANT)

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

TestSuite(custom, .init = start);

static void expect_misuse(enum report_misuse what)
{
    cr_expect_eq(fake_report.kinds[REPORT_MUTEX_MISUSE], 1);
    cr_expect_eq(fake_report.last.misuse, what);
    fake_report_clear();
}

static void expect_nothing(void)
{
    cr_expect_eq(fake_report.emitted, 0);
}

Test(custom, a_lock_orders_and_is_used_rightly)
{
    shadow_custom_init(a.t, object(0), RW, NULL);
    shadow_custom_lock(a.t, object(0), RW, NULL);
    model_write(&a, x, 4);
    shadow_custom_unlock(a.t, object(0), RW, NULL);
    shadow_custom_lock(b.t, object(0), READER, NULL);
    model_write(&b, x, 4);
    shadow_custom_unlock(b.t, object(0), READER, NULL);
    shadow_custom_destroy(a.t, object(0), RW, NULL);
    expect_nothing();
}

Test(custom, taken_twice)
{
    shadow_custom_lock(a.t, object(0), RW, NULL);
    shadow_custom_lock(a.t, object(0), RW, NULL);
    expect_misuse(REPORT_RELOCK);
    shadow_custom_lock(a.t, object(0), RW, NULL); /* nothing more of this one */
    expect_nothing();
    shadow_custom_init(a.t, object(1), REENTRANT, NULL);
    shadow_custom_lock(a.t, object(1), RW, NULL);
    shadow_custom_lock(a.t, object(1), RW, NULL);
    shadow_custom_lock(a.t, object(1), READER, NULL);
    cr_expect_eq(shadow_custom_depth(a.t, object(1)), 3);
    expect_nothing();
}

Test(custom, wanted_by_its_holder)
{
    shadow_custom_lock(a.t, object(0), RW, NULL);
    shadow_custom_want(a.t, object(0), RW | SHADOW_LOCK_TRIED, NULL);
    expect_nothing();
    shadow_custom_want(a.t, object(0), RW, NULL);
    expect_misuse(REPORT_RELOCK);
}

Test(custom, two_holders_that_shut_each_other_out)
{
    shadow_custom_lock(a.t, object(0), READER, NULL);
    shadow_custom_lock(b.t, object(0), READER, NULL);
    expect_nothing();
    shadow_custom_lock(a.t, object(1), RW, NULL);
    shadow_custom_lock(b.t, object(1), READER, NULL);
    expect_misuse(REPORT_LOCK_TAKEN);
}

Test(custom, read_by_its_writer)
{
    shadow_custom_lock(a.t, object(0), RW, NULL);
    shadow_custom_lock(a.t, object(0), READER, NULL);
    expect_misuse(REPORT_LOCK_OTHERWISE);
}

Test(custom, given_back_otherwise)
{
    shadow_custom_lock(a.t, object(0), RW, NULL);
    shadow_custom_unlock(a.t, object(0), READER, NULL);
    expect_misuse(REPORT_UNLOCK_OTHERWISE);
    shadow_custom_lock(a.t, object(1), RW, NULL);
    shadow_custom_unlock(a.t, object(1), READER | SHADOW_LOCK_EITHER, NULL);
    expect_nothing();
    shadow_custom_unlock(a.t, object(1), RW, NULL);
    expect_misuse(REPORT_UNLOCK_UNLOCKED);
    shadow_custom_lock(a.t, object(2), RW, NULL);
    shadow_custom_unlock(b.t, object(2), RW, NULL);
    expect_misuse(REPORT_UNLOCK_FOREIGN);
}

Test(custom, destroyed_while_held)
{
    shadow_custom_lock(a.t, object(0), RW, NULL);
    shadow_custom_destroy(a.t, object(0), RW, NULL);
    expect_misuse(REPORT_DESTROY_HELD);
    shadow_custom_lock(a.t, object(1), RW, NULL);
    shadow_custom_init(a.t, object(1), RW | SHADOW_LOCK_STATIC, NULL); /* stays held */
    shadow_custom_destroy(a.t, object(1), RW, NULL);
    shadow_custom_unlock(a.t, object(1), RW, NULL);
    shadow_custom_lock(a.t, object(2), RW, NULL);
    shadow_custom_destroy(a.t, object(2), RW | SHADOW_LOCK_NOT_STATIC, NULL);
    expect_nothing();
    shadow_custom_init(a.t, object(3), RW | SHADOW_LOCK_NOT_STATIC, NULL);
    shadow_custom_lock(a.t, object(3), RW, NULL);
    shadow_custom_destroy(a.t, object(3), RW | SHADOW_LOCK_NOT_STATIC, NULL);
    expect_misuse(REPORT_DESTROY_HELD);
}

Test(custom, who_arrived_knows_all_when_the_last_one_has)
{
    shadow_barrier_init(object(0), 2);
    model_write(&a, x, 4);
    shadow_barrier_arrive(a.t, object(0));
    model_write(&a, x + 1, 4); /* behind it */
    model_write(&b, x + 2, 4);
    shadow_barrier_arrive(b.t, object(0));
    model_write(&b, x, 4);
    model_write(&a, x + 2, 4);
    expect_nothing();
    model_write(&b, x + 1, 4);
    cr_expect_eq(model_races(&b), 1);
}

Test(custom, who_arrived_knows_nothing_before_that)
{
    shadow_barrier_init(object(0), 3);
    model_write(&a, x, 4);
    shadow_barrier_arrive(a.t, object(0));
    shadow_barrier_arrive(b.t, object(0));
    model_write(&b, x, 4);
    cr_expect_eq(model_races(&b), 1);
}

Test(custom, a_barrier_for_fewer_lets_go)
{
    shadow_barrier_init(object(0), 3);
    model_write(&a, x, 4);
    shadow_barrier_arrive(a.t, object(0));
    shadow_barrier_arrive(b.t, object(0));
    shadow_barrier_resize(c.t, object(0), 2);
    model_write(&b, x, 4);
    expect_nothing();
}

Test(custom, benign_for_a_while)
{
    uintptr_t at = (uintptr_t)x;

    shadow_benign_add(at, 12);
    shadow_benign_add(at + 4, 4); /* known already */
    model_write(&a, x, 4);
    model_write(&a, x + 1, 4);
    model_write(&a, x + 2, 4);
    model_write(&b, x, 4);
    expect_nothing();
    shadow_benign_remove(a.t, at + 4, 4);
    model_write(&b, x + 1, 4); /* what a did meanwhile is forgotten */
    expect_nothing();
    model_write(&a, x + 1, 4);
    cr_expect_eq(fake_report.kinds[REPORT_DATA_RACE], 1);
    fake_report_clear();
    model_write(&a, x, 4); /* both ends are still let off */
    model_write(&b, x + 2, 4);
    expect_nothing();
}

Test(custom, muted)
{
    model_write(&a, x, 4);
    shadow_mute(b.t, true);
    shadow_mute(b.t, true);
    model_write(&b, x, 4);
    shadow_custom_unlock(b.t, object(0), RW, NULL);
    shadow_mute(b.t, false);
    model_write(&b, x, 4);
    expect_nothing();
    shadow_mute(b.t, false);
    model_write(&c, x, 4); /* b's writes are known all the same */
    cr_expect_eq(fake_report.kinds[REPORT_DATA_RACE], 1);
}

Test(custom, a_block_that_grows)
{
    uintptr_t block = (uintptr_t)model_memory + 4096;
    struct base_where at = { .pc = 1 };
    uint32_t *words = (uint32_t *)block;

    shadow_heap_alloc(a.t, block, 16, &at);
    model_write(&a, words + 8, 4); /* not the block's yet */
    model_write(&a, words, 4);
    shadow_heap_resize(a.t, block, 16, 64, &at);
    model_write(&b, words + 8, 4);
    expect_nothing();
    model_write(&b, words, 4);
    cr_expect_eq(model_races(&b), 1);
    shadow_heap_fresh(a.t, block);
    model_write(&c, words, 4);
    cr_expect_eq(model_races(&c), 0);
}
