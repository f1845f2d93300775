/* Tracts that several threads read along: shadow/tract.h. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

#include "model.h"
#include "shadow/limits.h"
#include "shadow/tract.h"

#define ROUNDS 1000u

static struct actor a, b, c;
static uint8_t *p;

static uintptr_t object(unsigned n)
{
    return (uintptr_t)model_memory + 65536 + 64 * n;
}

static void order(struct actor *from, struct actor *to, unsigned n)
{
    shadow_release(from->t, object(n));
    shadow_acquire(to->t, object(n));
}

/* a has written the tract; b and c know that and have joined. */
static void start(void)
{
    shadow_limits.eager = true;
    model_start(&a, SHADOW_FORM_XOR);
    p = model_memory + 4096;
    model_spawn(&a, &b);
    model_spawn(&a, &c);
    for (unsigned i = 0; i < SHADOW_TRACT; i += 8)
        model_write(&a, p + i, 8);
    order(&a, &b, 0);
    order(&a, &c, 0);
    model_read(&b, p, 4);
    model_read(&c, p, 4);
    cr_assert_eq(shadow_tract_of((uintptr_t)p)->owner, SHADOW_TRACT_READ);
    cr_assert_eq(shadow_tract_of((uintptr_t)p)->readers, b.t->reader | c.t->reader);
}

TestSuite(read, .init = start);

Test(read, level_two_is_not_asked)
{
    uint32_t before = *shadow_plane_a((uintptr_t)p + 64);

    model_read(&b, p + 64, 8);
    model_read(&c, p + 64, 4);
    cr_expect_eq(*shadow_plane_a((uintptr_t)p + 64), before);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(read, a_writer_meets_each_reader)
{
    model_read(&b, p + 8, 4);
    model_read(&c, p + 12, 4);
    model_write(&a, p + 8, 4);
    model_write(&a, p + 12, 4);
    cr_expect_eq(model_races(&a), 2);
}

Test(read, both_readers_of_one_word_are_kept)
{
    model_read(&b, p + 8, 4);
    model_read(&c, p + 8, 4);
    order(&b, &a, 1);
    model_write(&a, p + 8, 4); /* not after c's */
    cr_expect_eq(model_races(&a), 1);
}

Test(read, an_ordered_writer_takes_it_over)
{
    model_read(&b, p + 8, 8);
    model_read(&c, p + 8, 8);
    order(&b, &a, 1);
    order(&c, &a, 2);
    model_write(&a, p + 8, 8);
    cr_expect_eq(model_races(&a), 0);
    cr_expect_eq(shadow_tract_of((uintptr_t)p)->owner, a.t->self);
    model_read(&b, p + 8, 4);
    cr_expect_eq(model_races(&b), 1);
}

Test(read, the_latest_read_counts)
{
    model_read(&b, p + 8, 4);
    order(&b, &a, 1);
    model_read(&b, p + 8, 4);
    model_write(&a, p + 8, 4);
    cr_expect_eq(model_races(&a), 1);
}

Test(read, an_older_read_of_other_bytes_stays_old)
{
    model_read(&b, p + 8, 1);
    order(&b, &a, 1);
    model_read(&b, p + 9, 1);
    model_write(&a, p + 8, 1);
    cr_expect_eq(model_races(&a), 0);
    model_write(&a, p + 9, 1);
    cr_expect_eq(model_races(&a), 1);
}

Test(read, one_who_ends_leaves_its_reads)
{
    model_read(&b, p + 8, 4);
    order(&a, &c, 3);
    model_join(&c, &b);
    cr_expect_eq(shadow_tract_of((uintptr_t)p)->readers, c.t->reader);
    model_write(&a, p + 8, 4);
    cr_expect_eq(model_races(&a), 1);
    model_write(&c, p + 16, 4);
    cr_expect_eq(model_races(&c), 0);
}

Test(read, nobody_joins_who_does_not_know_the_writes)
{
    struct actor d;

    model_write(&a, p + 8, 4);
    model_spawn(&c, &d);
    model_read(&d, p + 16, 4);
    cr_expect(!(shadow_tract_of((uintptr_t)p)->readers & d.t->reader));
    model_read(&d, p + 8, 4);
    cr_expect_eq(model_races(&d), 1);
}

/* ---- at once -------------------------------------------------------------------------------------------------- */

static unsigned turn[2];

static void meet(unsigned who, unsigned at)
{
    __atomic_store_n(&turn[who], at, __ATOMIC_SEQ_CST);
    for (unsigned n = 0; __atomic_load_n(&turn[!who], __ATOMIC_SEQ_CST) < at; n++)
        if (n > 1000)
            sched_yield();
}

/* Both join a tract; then one reads and one writes a word of it. */
static void *racer(void *arg)
{
    unsigned who = arg == &c;

    for (unsigned r = 1; r <= ROUNDS; r++) {
        uintptr_t x = (uintptr_t)model_memory + r * SHADOW_TRACT;

        model_access(arg, x, 4, 0, 0x10 + who);
        meet(who, 2 * r);
        model_access(arg, x + 8, 4, who ? SHADOW_WRITE : 0, 0x20 + who);
        meet(who, 2 * r + 1);
    }
    return NULL;
}

Test(read_at_once, a_write_cannot_miss_a_reader)
{
    struct actor *racers[2] = { &b, &c };
    pthread_t thread[2];

    shadow_limits.eager = true;
    model_start(&a, SHADOW_FORM_GS);
    for (unsigned r = 1; r <= ROUNDS; r++)
        for (unsigned i = 0; i < SHADOW_TRACT; i += 8)
            model_access(&a, (uintptr_t)model_memory + r * SHADOW_TRACT + i, 8, SHADOW_WRITE, 0x30);
    for (unsigned i = 0; i < 2; i++)
        model_spawn(&a, racers[i]);
    for (unsigned i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, racer, racers[i]);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    cr_expect_eq(model_races(&b) + model_races(&c), ROUNDS);
}
