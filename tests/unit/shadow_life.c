/* What is made and destroyed, against its uses. */
#include <criterion/criterion.h>

#include "model.h"
#include "shadow/life.h"

static struct actor a, b;
static struct base_where at = { .pc = 0x1000 }, there = { .pc = 0x2000 };
static uintptr_t x;

static void start(void)
{
    model_start(&a, SHADOW_FORM_GS);
    x = (uintptr_t)model_memory + 65536;
    model_spawn(&a, &b);
}

TestSuite(life, .init = start);

static void expect(uint64_t races_a, uint64_t races_b)
{
    cr_expect_eq(model_races(&a), races_a);
    cr_expect_eq(model_races(&b), races_b);
}

static void tell(struct actor *from, struct actor *to)
{
    shadow_release(from->t, x + 4096);
    shadow_acquire(to->t, x + 4096);
}

static void lock_and_unlock(struct actor *who, const struct base_where *where)
{
    shadow_mutex_lock(who->t, x, 0, where);
    shadow_mutex_unlock(who->t, x);
}

Test(life, a_lock_is_used_by_who_does_not_know_that_it_was_made)
{
    shadow_mutex_init(a.t, x, SHADOW_LOCK_LIFE, &at);
    lock_and_unlock(&a, &at);
    lock_and_unlock(&b, &there);
    expect(0, 1);
}

/* Its uses would never be counted down: a lock of such a program would be looked at for ever. */
Test(before_threads, a_lock_is_not_looked_at)
{
    model_start(&a, SHADOW_FORM_GS);
    x = (uintptr_t)model_memory + 65536;
    shadow_mutex_init(a.t, x, SHADOW_LOCK_LIFE, &at);
    model_spawn(&a, &b);
    cr_expect(!shadow_life_asks(b.t, shadow_sync_find(x)));
    lock_and_unlock(&b, &there);
    expect(0, 0);
}

Test(life, who_made_it_is_not_looked_at)
{
    shadow_mutex_init(a.t, x, SHADOW_LOCK_LIFE, &at);
    cr_expect(!shadow_life_asks(a.t, shadow_sync_find(x)));
    cr_expect(shadow_life_asks(b.t, shadow_sync_find(x)));
    for (int i = 0; i < 300; i++)
        lock_and_unlock(&a, &at);
    cr_expect(shadow_life_asks(b.t, shadow_sync_find(x)));
}

Test(life, who_was_told_may_use_it)
{
    shadow_mutex_init(a.t, x, SHADOW_LOCK_LIFE, &at);
    tell(&a, &b);
    lock_and_unlock(&b, &there);
    shadow_rwlock_lock(b.t, x + 64, SHADOW_LOCK_SHARED, &there); /* nobody made it */
    expect(0, 0);
}

Test(life, the_last_use_comes_before_the_end)
{
    shadow_mutex_init(a.t, x, SHADOW_LOCK_LIFE, &at);
    tell(&a, &b);
    for (int i = 0; i < 300; i++)
        lock_and_unlock(&b, &there);
    shadow_mutex_destroy(a.t, x, SHADOW_LOCK_LIFE, &at);
    expect(1, 0);
}

Test(life, who_had_the_lock_last_may_destroy_it)
{
    shadow_mutex_init(a.t, x, SHADOW_LOCK_LIFE, &at);
    tell(&a, &b);
    for (int i = 0; i < 300; i++)
        lock_and_unlock(&b, &there);
    lock_and_unlock(&a, &at);
    shadow_mutex_destroy(a.t, x, SHADOW_LOCK_LIFE, &at);
    expect(0, 0);
}

Test(life, of_readers_all_count)
{
    shadow_rwlock_lock(a.t, x, SHADOW_LOCK_SHARED, &at);
    model_read(&a, (void *)(x + 128), 4);
    shadow_rwlock_unlock(a.t, x);
    shadow_rwlock_lock(b.t, x, SHADOW_LOCK_SHARED, &there);
    shadow_rwlock_unlock(b.t, x);
    shadow_mutex_destroy(b.t, x, SHADOW_LOCK_RW | SHADOW_LOCK_LIFE, &there);
    expect(0, 1);
}

Test(life, foreign_code_is_not_held_to_it)
{
    model_read(&a, (void *)(x + 128), 4);
    lock_and_unlock(&a, &at);
    shadow_mutex_destroy(b.t, x, 0, &there);
    expect(0, 0);
}

Test(life, a_signal_is_at_work_behind_its_release)
{
    shadow_life_made(a.t, x, &at);
    shadow_cond_signal(a.t, x);
    shadow_life_used(a.t, x, &at);
    shadow_acquire(b.t, x);
    shadow_life_ended(b.t, x, &there);
    expect(0, 1);
}

Test(life, other_objects_may_be_used_by_all)
{
    shadow_life_made(a.t, x, &at);
    tell(&a, &b);
    shadow_life_used(a.t, x, &at);
    shadow_life_used(b.t, x, &there);
    expect(0, 0);
}
