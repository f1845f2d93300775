/* Bytes, straddles, readers, ranges: what one granule and its inline cell must get right. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "model.h"
#include "shadow/inline.h"

static struct actor a, b, c;
static uint8_t *p;

static void start(void)
{
    model_start(&a, SHADOW_FORM_XOR);
    p = model_memory + 256;
    model_spawn(&a, &b);
    model_spawn(&a, &c);
}

TestSuite(cells, .init = start);

static void end_epoch(struct actor *who)
{
    shadow_release(who->t, (uintptr_t)model_memory + 65536 + who->handle % 64);
}

Test(cells, neighbouring_bytes_do_not_race)
{
    for (unsigned lap = 0; lap < 3; lap++) {
        model_write(&a, p, 1);
        model_write(&b, p + 1, 1);
        model_write(&c, p + 2, 2);
        end_epoch(&a);
        end_epoch(&b);
    }
    cr_expect_eq(fake_report.emitted, 0);
    model_read(&a, p + 1, 1);
    cr_expect_eq(model_races(&a), 1);
}

Test(cells, an_old_byte_stays_old)
{
    model_write(&a, p, 1);
    shadow_release(a.t, (uintptr_t)model_memory + 65536);
    model_write(&a, p + 1, 1); /* must not postdate byte 0 */
    shadow_acquire(b.t, (uintptr_t)model_memory + 65536);
    model_write(&b, p, 1);
    cr_expect_eq(model_races(&b), 0);
    model_write(&b, p + 1, 1);
    cr_expect_eq(model_races(&b), 1);
}

Test(cells, straddling_access)
{
    model_write(&a, p + 6, 4);
    model_write(&b, p + 4, 2);
    model_write(&b, p + 10, 2);
    cr_expect_eq(model_races(&b), 0);
    model_read(&b, p + 9, 1);
    cr_expect_eq(model_races(&b), 1);
    model_write(&c, p + 3, 8);
    cr_expect_eq(model_races(&c), 1);
}

Test(cells, second_access_hits_inline)
{
    cr_expect(model_read(&a, p, 4));
    cr_expect(!model_read(&a, p, 4));
    cr_expect(model_write(&a, p, 4));
    cr_expect(!model_write(&a, p, 4));
    cr_expect(!model_read(&a, p, 4));
    cr_expect(!model_read(&a, p + 1, 1));
    cr_expect(!model_write(&a, p + 2, 2));
    cr_expect(model_read(&a, p, 8));
    cr_expect(!model_read(&a, p, 8));
    cr_expect(model_read(&a, p + 1, 4), "a misaligned access never matches inline");
    end_epoch(&a);
    cr_expect(model_write(&a, p, 4));
    cr_expect(!model_write(&a, p, 4));
}

Test(cells, bytes_add_up_inline)
{
    for (unsigned i = 0; i < 4; i++)
        cr_expect(model_write(&a, p + i, 1));
    cr_expect(!model_write(&a, p, 4));
}

Test(cells, many_readers)
{
    struct actor r[40];

    for (unsigned i = 0; i < 40; i++) {
        model_spawn(&a, &r[i]);
        model_read(&r[i], p, 1 + i % 4);
    }
    cr_expect_eq(fake_report.emitted, 0);
    for (unsigned i = 0; i < 39; i++)
        model_join(&a, &r[i]);
    model_write(&a, p, 4); /* the last reader is not joined: it read 4 bytes */
    cr_expect_eq(model_races(&a), 1);
}

Test(cells, tags_stay_below_f0)
{
    shadow_limits.tags = SHADOW_TAGS;
    for (unsigned i = 0; i < 300000; i++) {
        uint32_t tag = a.t->tag;

        cr_assert(tag && (tag & 0xFF) < 0xF0 && (tag >> 8 & 0xFF) < 0xF0 && tag >> 16 < 0xF0);
        shadow_inline_renew(a.t);
        cr_assert_neq(a.t->tag, tag);
    }
}

Test(cells, tags_start_anew_on_an_empty_plane)
{
    shadow_limits.tags = 1000;
    model_write(&a, p, 4);
    for (unsigned i = 0; i < 1000; i++)
        shadow_inline_renew(a.t);
    cr_expect(model_write(&a, p, 4), "the plane was dropped");
}

Test(cells, ranges)
{
    struct base_where at = { .pc = 0x99 };

    shadow_range(a.t, (uintptr_t)p + 1, 100001, SHADOW_WRITE, &at);
    cr_expect(!model_write(&a, p + 4, 8));
    model_write(&b, p, 1);
    model_write(&b, p + 100002, 1);
    cr_expect_eq(model_races(&b), 0);
    shadow_range(b.t, (uintptr_t)p + 50001, 7, 0, &at);
    cr_expect_eq(model_races(&b), 1);
}

Test(cells, clear_forgets_small_and_large)
{
    static const size_t lengths[] = { 3, 64, 70000, 400000 };

    for (unsigned i = 0; i < 4; i++) {
        uintptr_t lo = (uintptr_t)p + 1;

        shadow_range(a.t, lo, lengths[i], SHADOW_WRITE, NULL);
        shadow_range(b.t, lo, 1, 0, NULL);
        shadow_clear(c.t, lo, lengths[i]);
        shadow_range(c.t, lo, lengths[i], SHADOW_WRITE, NULL);
        shadow_clear(c.t, lo, lengths[i]);
    }
    cr_expect_eq(model_races(&c), 0);
}

Test(cells, outside_the_windows_is_counted)
{
    struct shadow_stats s;

    shadow_access(a.t, 0x1000, 4, 0, NULL);
    shadow_access(a.t, ~(uintptr_t)3, 8, 0, NULL);
    shadow_stats(&s);
    cr_expect_eq(s.dropped, 2);
}

Test(cells, planes_are_ours)
{
    cr_expect(shadow_owns((uintptr_t)shadow_inline_cell(&a.in, (uintptr_t)p)));
    cr_expect(shadow_owns((uintptr_t)shadow_plane_a((uintptr_t)p)));
    cr_expect(!shadow_owns((uintptr_t)p));
    cr_expect_neq(((uintptr_t)shadow_plane_a((uintptr_t)p) ^ (uintptr_t)p) & 0xFFF, 0);
}

/* Its tag was taken away by the fork: no cell may hold what stands for "none". */
Test(cells_alone, a_forked_child_draws_a_tag)
{
    model_start(&a, SHADOW_FORM_XOR);
    p = model_memory + 256;
    shadow_fork_prepare(a.t);
    shadow_fork_child(a.t);
    model_write(&a, p, 4);
    cr_expect_neq(*shadow_inline_cell(&a.in, (uintptr_t)p), (uint32_t)SHADOW_INLINE_NO_WRITE);
    cr_expect_not(model_write(&a, p, 4));
    model_spawn(&a, &b);
    model_write(&a, p, 4);
    model_write(&b, p, 4);
    cr_expect_eq(model_races(&b), 1);
}

/* The list of what a thread owns is made longer in the middle of taking several tracts, the first of which is still held. */
Test(cells, a_list_that_grows_keeps_what_is_on_its_way)
{
    const unsigned full = 511, taken = 600, tract = 1024;
    uint8_t *from = model_memory + taken * tract;
    struct base_where at = { .pc = 0x900, .sp = 0x100 };

    for (unsigned i = 0; i < full; i++)
        model_write(&b, model_memory + i * tract, 4);
    shadow_range(a.t, (uintptr_t)from, 8 * tract, SHADOW_WRITE, &at);
    shadow_release(a.t, (uintptr_t)&at);
    shadow_acquire(b.t, (uintptr_t)&at);
    shadow_range(b.t, (uintptr_t)from, 8 * tract, SHADOW_WRITE, &at);
    cr_expect_geq(b.t->ntracts, full + 8);
    model_join(&a, &b);
    model_write(&a, from, 4);
    model_write(&a, from + tract, 4);
    cr_expect_eq(fake_report.emitted, 0);
}
