/* Words that turn out to be atomic late. The report double answers for the debug information. */
#include <criterion/criterion.h>

#include "model.h"
#include "shadow/evidence.h"
#include "shadow/world.h"

static struct actor a, b, c;
static uint32_t *x, *y, *flag;

static void start(void)
{
    model_start(&a, SHADOW_FORM_GS);
    x = (uint32_t *)(model_memory + 256);
    y = (uint32_t *)(model_memory + 384);
    flag = (uint32_t *)(model_memory + 512);
    model_spawn(&a, &b);
    model_spawn(&a, &c);
    fake_report.verdict = REPORT_ATOMIC;
}

TestSuite(evidence, .init = start);

static void load(struct actor *who)
{
    model_access(who, (uintptr_t)flag, 4, 0, 0x1000);
}

static void store(struct actor *who)
{
    model_access(who, (uintptr_t)flag, 4, SHADOW_WRITE, 0x2000);
}

Test(evidence, first_hand_over_is_ordered)
{
    model_write(&a, x, 4);
    store(&a);
    load(&b);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 1, "the question about the word itself, and nothing else");
    cr_expect(shadow_evidence_atomic(0x1000) && shadow_evidence_atomic(0x2000));
}

/* While one reader still waits for the answer, another one reads the same store: it must not go without. */
Test(evidence, a_second_reader_meets_the_store_too)
{
    model_write(&a, x, 4);
    store(&a);
    fake_report.verdict = REPORT_STANDS; /* the first one's question is not answered yet */
    load(&b);
    fake_report.verdict = REPORT_ATOMIC;
    load(&c);
    model_read(&c, x, 4);
    cr_expect_eq(fake_report.emitted, 1, "the question, once");
}

Test(evidence, brings_what_the_writer_had_learnt)
{
    model_write(&c, x, 4);
    shadow_release(c.t, 0x77);
    shadow_acquire(a.t, 0x77);
    store(&a);
    load(&b);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 1);
}

/* What the writer learns in the same epoch, but after the hand-over, still comes with its next release. */
Test(evidence, the_writers_epoch_ends)
{
    store(&a);
    load(&b);
    model_write(&c, x, 4);
    shadow_release(c.t, 0x77);
    shadow_acquire(a.t, 0x77);
    shadow_release(a.t, 0x88);
    shadow_acquire(b.t, 0x88);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 1);
}

Test(evidence, what_comes_after_the_hand_over_is_not_ordered)
{
    store(&a);
    load(&b);
    model_write(&a, y, 4);
    fake_report.verdict = REPORT_STANDS;
    model_read(&b, y, 4);
    cr_expect_eq(fake_report.emitted, 2);
}

Test(evidence, reader_first)
{
    load(&b);
    model_write(&a, x, 4);
    store(&a); /* finds the reader; its release comes before the store itself */
    load(&b);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 1);
}

Test(evidence, writer_has_ended)
{
    model_write(&b, x, 4);
    model_access(&b, (uintptr_t)flag, 4, SHADOW_WRITE, 0x2000);
    shadow_thread_exit(b.t);
    load(&c);
    model_read(&c, x, 4);
    cr_expect_eq(fake_report.emitted, 1);
}

Test(evidence, unproven_ones_order_and_stay_unproven)
{
    fake_report.verdict = REPORT_UNPROVEN;
    model_write(&a, x, 4);
    store(&a);
    load(&b);
    model_access(&b, (uintptr_t)x, 4, SHADOW_WRITE | SHADOW_PLAIN, 0x3000);
    cr_expect_eq(fake_report.emitted, 1, "the two themselves, and nothing that they may order");
    cr_expect(shadow_evidence_any(0x1000) && shadow_evidence_any(0x2000));
    cr_expect(!shadow_evidence_atomic(0x1000) && !shadow_evidence_atomic(0x2000));
}

Test(evidence, races_stand)
{
    fake_report.verdict = REPORT_STANDS;
    model_write(&a, x, 4);
    store(&a);
    load(&b);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 2);
    cr_expect(!shadow_evidence_atomic(0x1000));
}

Test(evidence, plain_update_before_the_atomic_one)
{
    struct base_where here = { .pc = 0x6666 };

    fake_report.verdict = REPORT_STANDS;
    model_access(&a, (uintptr_t)flag, 4, SHADOW_WRITE | SHADOW_PLAIN, 0x7777);
    shadow_atomic(b.t, (uintptr_t)flag, 4, SHADOW_ATOMIC_RMW, &here);
    cr_expect_eq(fake_report.kinds[REPORT_MIXED_ATOMIC], 1);
    cr_expect_eq(fake_report.last.sides[1].stack, 0x7777);
    cr_expect(fake_report.last.sides[1].plain);
}

Test(evidence, ordered_initialisation_before_the_atomic_one)
{
    struct base_where here = { .pc = 0x6666 };

    model_access(&a, (uintptr_t)flag, 4, SHADOW_WRITE | SHADOW_PLAIN, 0x7777);
    shadow_release(a.t, 0x77);
    shadow_acquire(b.t, 0x77);
    shadow_atomic(b.t, (uintptr_t)flag, 4, SHADOW_ATOMIC_RMW, &here);
    cr_expect_eq(fake_report.emitted, 0);
}
