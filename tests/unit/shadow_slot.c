/* Slots: reuse, exhaustion, more threads than slots. What is lost is lost; nothing is invented. */
#include <criterion/criterion.h>

#include "model.h"
#include "shadow/limits.h"
#include "shadow/thread.h"
#include "shadow/world.h"

static struct actor a, many[40];

static void start_with(uint32_t slots, uint32_t clocks)
{
    shadow_limits.slots = slots;
    shadow_limits.clocks = clocks;
    model_start(&a, SHADOW_FORM_GS);
}

/* A stamp under a slot's earlier tenant knows things that the later one does not: it must still be acquired. */
Test(slot, stamp_of_an_earlier_tenant_is_not_taken_for_known)
{
    struct actor u, v, w;
    uintptr_t lock = 64 * 64, other = lock + 64, late = lock + 128;
    uint32_t *x;

    start_with(4, 1000);
    x = (uint32_t *)(model_memory + 256);
    model_spawn(&a, &v);
    model_spawn(&a, &u);
    model_write(&v, x, 4);
    shadow_release(v.t, other);
    shadow_acquire(u.t, other);
    shadow_release(u.t, lock); /* u passes on what v did */
    shadow_thread_exit(u.t);
    model_spawn(&a, &w);
    shadow_thread_exit(w.t);
    model_spawn(&a, &w); /* in u's slot */
    for (unsigned i = 0; i < 8; i++) {
        model_write(&w, x + 1, 4);
        shadow_release(w.t, late);
    }
    shadow_acquire(w.t, lock);
    model_write(&w, x, 4);
    cr_expect_eq(model_races(&w), 0);
}

/* Whoever gives a slot up in the epoch in which it met a clock that knew of it takes what it did there along. */
Test(slot, a_slot_given_up_is_remembered)
{
    struct actor u, v, b;
    uintptr_t lock = 64 * 64, late = lock + 64, last = lock + 128;
    uint32_t *x;

    start_with(20, 20);
    x = (uint32_t *)(model_memory + 256);
    model_spawn(&a, &v);
    model_spawn(&a, &u);
    model_spawn(&a, &b);
    for (unsigned i = 0; i < SHADOW_REST + 1; i++) { /* more than fit beside v's clock */
        model_spawn(&a, &many[i]);
        model_write(&many[i], x + 16 + i, 4);
        shadow_release(many[i].t, lock);
        shadow_acquire(v.t, lock);
    }
    shadow_release(v.t, lock);
    cr_assert_not_null(v.t->vc);
    while (u.t->clock < 20) {
        model_write(&u, x, 4);
        shadow_release(u.t, late);
    }
    shadow_acquire(u.t, lock);
    model_write(&u, x, 4);
    shadow_release(u.t, late);
    model_write(&u, x + 1, 4);
    shadow_release(u.t, last);
    shadow_acquire(b.t, last);
    model_write(&b, x, 4);
    cr_expect_eq(model_races(&b), 0);
}

Test(slot, clocks_run_out)
{
    uint32_t *x, generation = shadow_world.generation;

    start_with(3, 10);
    x = (uint32_t *)(model_memory + 256);
    model_spawn(&a, &many[0]);
    for (unsigned i = 0; i < 100; i++) {
        struct actor *me = i & 1 ? &a : &many[0];

        shadow_mutex_lock(me->t, 77 * 64, 0, NULL);
        model_write(me, x, 4);
        model_write(me, x + 1, 2);
        shadow_mutex_unlock(me->t, 77 * 64);
    }
    cr_expect_eq(model_races(&a) + model_races(&many[0]), 0);
    cr_expect_gt(shadow_world.generation, generation);
    model_write(&a, x, 4);
    model_write(&many[0], x, 4);
    cr_expect_eq(model_races(&a) + model_races(&many[0]), 1, "races are found after a reset");
}

Test(slot, more_threads_than_slots)
{
    uint32_t *x;
    struct shadow_stats s;
    uint32_t generation;
    uint64_t races = 0;

    start_with(8, 100000);
    x = (uint32_t *)(model_memory + 256);
    for (unsigned i = 0; i < 40; i++)
        model_spawn(&a, &many[i]);
    generation = shadow_world.generation;
    for (unsigned lap = 0; lap < 3; lap++)
        for (unsigned i = 0; i < 40; i++) {
            shadow_mutex_lock(many[i].t, 77 * 64, 0, NULL);
            model_write(&many[i], x, 4);
            shadow_mutex_unlock(many[i].t, 77 * 64);
        }
    for (unsigned i = 0; i < 40; i++)
        races += model_races(&many[i]);
    cr_expect_eq(races, 0);
    shadow_stats(&s);
    cr_expect_eq(s.lost_history, 0);
    model_write(&many[3], x + 1, 4);
    model_write(&many[30], x + 1, 4);
    cr_expect_eq(model_races(&many[30]), 1, "both got a slot");
    for (unsigned i = 0; i < 40; i++)
        model_write(&many[i], x + 64 + i, 4);
    for (unsigned i = 0; i < 40; i++)
        model_write(&many[i], x + 64 + i, 4);
    model_write(&a, x + 64 + 39, 4);
    cr_expect_eq(model_races(&a), 1);
    for (unsigned i = 0; i < 40; i++)
        model_join(&a, &many[i]);
    for (unsigned i = 0; i < 40; i++)
        model_write(&a, x + 64 + i, 4);
    cr_expect_eq(model_races(&a), 1, "what they did before their joins is ordered");
    cr_expect_eq(shadow_world.generation, generation, "and nothing was forgotten");
}

/* Who loses its slot is a thread that did nothing since the last look, where there is one. */
Test(slot, the_idle_are_preempted)
{
    uint32_t *x;

    start_with(8, 100000);
    x = (uint32_t *)(model_memory + 256);
    for (unsigned i = 0; i < 7; i++)
        model_spawn(&a, &many[i]);
    for (unsigned lap = 0; lap < 20; lap++) {
        for (unsigned i = 0; i < 4; i++)
            model_write(&many[i], x + 16 * i + lap % 16, 4);
        model_write(&a, x + 256 + lap, 4);
        model_spawn(&a, &many[7]);
        model_join(&a, &many[7]);
    }
    for (unsigned i = 0; i < 4; i++)
        cr_expect_neq(many[i].t->epoch, 0, "%u kept it", i);
}

/* Its life goes on with another clock, and what it knew and did before still counts. */
Test(slot, a_preempted_thread_keeps_what_it_knows)
{
    uint32_t *x;
    uintptr_t lock = 64 * 64;

    start_with(3, 100000);
    x = (uint32_t *)(model_memory + 256);
    model_spawn(&a, &many[0]);
    model_write(&a, x, 4);
    shadow_release(a.t, lock);
    shadow_acquire(many[0].t, lock);
    model_write(&many[0], x + 1, 4);
    for (unsigned i = 1; i < 20; i++) {
        model_spawn(&a, &many[i]);
        model_write(&many[i], x + 64 + i, 4);
    }
    cr_assert_eq(many[0].t->epoch, 0, "it lost its slot");
    model_write(&many[0], x, 4);
    model_write(&many[0], x + 1, 4);
    cr_expect_eq(model_races(&many[0]), 0);
    shadow_release(many[0].t, lock);
    shadow_acquire(many[5].t, lock);
    model_write(&many[5], x + 1, 4);
    cr_expect_eq(model_races(&many[5]), 0);
    model_write(&many[7], x + 1, 4);
    cr_expect_eq(model_races(&many[7]), 1);
}

Test(slot, many_short_lives)
{
    uint32_t *x;

    start_with(20, 0x3FFFF);
    x = (uint32_t *)(model_memory + 256);
    for (unsigned i = 0; i < 5000; i++) {
        model_spawn(&a, &many[0]);
        model_write(&many[0], x, 4);
        model_join(&a, &many[0]);
        model_write(&a, x, 4);
    }
    cr_expect_eq(fake_report.emitted, 0);
}
