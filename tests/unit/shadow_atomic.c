/* Sync words. */
#include <criterion/criterion.h>

#include "model.h"
#include "shadow/world.h"

static struct actor a, b;
static uint32_t *x, *flag;
static struct base_where here = { .pc = 0x6666 };

static void start(void)
{
    model_start(&a, SHADOW_FORM_GS);
    x = (uint32_t *)(model_memory + 256);
    flag = (uint32_t *)(model_memory + 512);
    model_spawn(&a, &b);
}

TestSuite(atomic, .init = start);

static void rmw(struct actor *who, void *p, uint32_t size)
{
    shadow_atomic(who->t, (uintptr_t)p, size, SHADOW_ATOMIC_RMW, &here);
}

Test(atomic, publishes)
{
    model_write(&a, x, 4);
    rmw(&a, flag, 4);
    model_read(&b, flag, 4); /* a plain load of a sync word acquires at the next call */
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
    model_write(&a, x, 4);
    cr_expect_eq(model_races(&a), 1);
}

Test(atomic, acquire_waits_for_the_load)
{
    rmw(&b, flag, 4);
    rmw(&b, flag, 4); /* called before the instruction; it reads what a stores now */
    model_write(&a, x, 4);
    rmw(&a, flag, 4);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(atomic, plain_store_unlocks)
{
    rmw(&a, flag, 4);
    model_write(&a, x, 4);
    cr_expect(model_write(&a, flag, 4));
    cr_expect(model_write(&a, flag, 4), "a sync word always takes the cold path");
    rmw(&b, flag, 4);
    model_write(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(atomic, inline_cells_of_others_are_taken_back)
{
    model_read(&b, flag, 4);
    cr_expect(!model_read(&b, flag, 4));
    model_write(&a, x, 4);
    rmw(&a, flag, 4); /* becomes a sync word now */
    cr_expect(model_read(&b, flag, 4));
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

/* The compare of b's load was passed before the word became one, the load comes after a's store. */
Test(atomic, loads_on_their_way_acquire)
{
    model_read(&b, flag, 4);
    cr_expect(!model_read(&b, flag, 4));
    model_write(&a, x, 4);
    rmw(&a, flag, 4);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
    model_write(&a, x, 4);
    cr_expect_eq(model_races(&a), 1);
}

Test(atomic, different_words_do_not_order)
{
    model_write(&a, x, 4);
    rmw(&a, flag, 4);
    rmw(&b, flag + 2, 4);
    model_read(&b, x, 4);
    cr_expect_eq(model_races(&b), 1);
}

Test(atomic, neighbours_do_not_order)
{
    model_write(&a, x, 4);
    rmw(&a, flag, 4);
    rmw(&b, flag + 1, 4);
    model_read(&b, x, 4);
    cr_expect_eq(model_races(&b), 1);
}

/* Each granule has been a word of its own before an operation takes both. */
static void both_halves(void)
{
    rmw(&a, flag, 4);
    rmw(&a, flag + 1, 4);
    model_write(&a, x, 4);
}

Test(atomic, a_half_orders_the_whole)
{
    both_halves();
    rmw(&a, flag + 1, 4);
    rmw(&b, flag, 8);
    model_write(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 1); /* the sizes */
    cr_expect_eq(fake_report.last.kind, REPORT_MIXED_ATOMIC);
    cr_expect_eq(fake_report.last.addr, (uintptr_t)flag);
    cr_expect_eq(fake_report.last.size, 4);
}

Test(atomic, of_two_sizes_only_writes_without_order_matter)
{
    rmw(&a, flag, 8);
    model_read(&b, flag + 1, 4);
    cr_expect_eq(fake_report.emitted, 0);
    rmw(&b, flag + 1, 2); /* the load has acquired */
    rmw(&b, flag, 1);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(atomic, the_whole_orders_a_half)
{
    both_halves();
    rmw(&b, flag + 1, 4); /* its acquire waits for the load, which comes after a's write of both */
    rmw(&a, flag, 8);
    model_write(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
    model_write(&b, x, 4);
    rmw(&b, flag + 1, 4);
    model_read(&a, flag, 4);
    model_write(&a, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(atomic, halves_of_a_whole_that_was_freed_part_again)
{
    uintptr_t block = (uintptr_t)model_memory + 4096;

    shadow_heap_alloc(a.t, block, 64, &here);
    rmw(&a, (void *)block, 8);
    shadow_heap_free(a.t, block, &here);
    shadow_heap_alloc(a.t, block, 64, &here);
    model_write(&a, x, 4);
    rmw(&a, (void *)block, 4);
    rmw(&b, (void *)(block + 4), 4);
    model_read(&b, x, 4);
    cr_expect_eq(model_races(&b), 1);
}

Test(atomic, byte_and_wide_unlocks)
{
    rmw(&a, flag, 8);
    model_write(&a, x, 4);
    model_write(&a, flag + 1, 1);
    model_read(&b, flag, 8);
    model_write(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(atomic, plain_increment_beside_an_atomic_one)
{
    rmw(&a, flag, 4);
    model_access(&b, (uintptr_t)flag, 4, SHADOW_WRITE | SHADOW_PLAIN, 0x7777);
    cr_expect_eq(fake_report.kinds[REPORT_MIXED_ATOMIC], 1);
    cr_expect_eq(fake_report.last.sides[1].op, REPORT_ATOMIC_RMW);
    cr_expect_eq(fake_report.last.sides[1].stack, 0x6666);
}

Test(atomic, ordered_plain_increment)
{
    rmw(&a, flag, 4);
    model_read(&a, x + 8, 4); /* carries out the pending acquire */
    rmw(&b, flag, 4);
    model_access(&b, (uintptr_t)flag, 4, SHADOW_WRITE | SHADOW_PLAIN, 0x7777);
    cr_expect_eq(fake_report.emitted, 0);
    model_access(&b, (uintptr_t)flag, 4, SHADOW_WRITE | SHADOW_PLAIN, 0x7777);
    shadow_atomic(a.t, (uintptr_t)flag, 4, SHADOW_ATOMIC_LOAD, &here);
    cr_expect_eq(fake_report.kinds[REPORT_MIXED_ATOMIC], 1);
}

Test(atomic, declared_words_order_from_the_first_store)
{
    shadow_atomic_declare(a.t, (uintptr_t)flag, 4);
    model_write(&a, x, 4);
    model_write(&a, flag, 4);
    model_read(&b, flag, 4);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(atomic, declared_words_order_nothing_behind_the_store)
{
    shadow_atomic_declare(a.t, (uintptr_t)flag, 4);
    model_write(&a, flag, 4);
    model_write(&a, x, 4);
    model_read(&b, flag, 4);
    model_read(&b, x, 4);
    cr_expect_eq(fake_report.kinds[REPORT_DATA_RACE], 1);
}

Test(atomic, store_without_a_mark)
{
    rmw(&a, flag, 4);
    model_access(&b, (uintptr_t)flag, 4, SHADOW_UNMARKED, 0x7776);
    cr_expect_eq(fake_report.emitted, 0, "a load may be how such words are waited for");
    model_access(&b, (uintptr_t)flag, 4, SHADOW_WRITE | SHADOW_UNMARKED, 0x7777);
    cr_expect_eq(fake_report.kinds[REPORT_MIXED_ATOMIC], 0, "the load has acquired");
    rmw(&a, flag, 4);
    model_access(&b, (uintptr_t)flag, 4, SHADOW_WRITE | SHADOW_UNMARKED, 0x7777);
    cr_expect_eq(fake_report.kinds[REPORT_MIXED_ATOMIC], 1);
}

Test(atomic, misaligned_once_a_place)
{
    rmw(&a, (uint8_t *)flag + 6, 4);
    rmw(&a, (uint8_t *)flag + 6, 4);
    rmw(&b, (uint8_t *)flag + 6, 4);
    cr_expect_eq(fake_report.kinds[REPORT_MISALIGNED_ATOMIC], 1);
    cr_expect_eq(fake_report.last.nsides, 1);
}

Test(atomic, freed_words_are_words_no_more)
{
    uintptr_t block = (uintptr_t)model_memory + 4096;

    shadow_heap_alloc(a.t, block, 64, &here);
    rmw(&a, (void *)(block + 8), 4);
    shadow_heap_free(a.t, block, &here);
    shadow_heap_alloc(a.t, block, 64, &here);
    model_write(&a, (void *)(block + 8), 4);
    cr_expect(!model_write(&a, (void *)(block + 8), 4));
    model_write(&b, (void *)(block + 8), 4);
    cr_expect_eq(model_races(&b), 1);
}

/* A reset between a spin lock's xchg and its plain store must not lose that store's release. */
Test(atomic, words_stay_words_over_a_reset)
{
    rmw(&a, flag, 4);
    shadow_world_want_reset();
    model_write(&a, x, 4);
    model_write(&a, flag, 4);
    rmw(&b, flag, 4);
    model_write(&b, x, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

/* Clocks of before a reset say nothing. */
Test(atomic, a_free_behind_a_reset_races_with_no_atomic_of_before)
{
    uintptr_t block = (uintptr_t)model_memory + 4096;

    shadow_heap_alloc(a.t, block, 64, &here);
    for (int i = 0; i < 8; i++) {
        rmw(&a, flag, 4);
        model_write(&a, x, 4);
    }
    rmw(&a, (void *)(block + 8), 4);
    shadow_world_want_reset();
    model_write(&a, x, 4);
    shadow_heap_free(a.t, block, &here);
    cr_expect_eq(fake_report.emitted, 0);
}

/* A store to a sync word and the bytes beside it: the word's half releases, and ends the epoch; the other half's stamp has to be
 * published by what comes next. */
Test(atomic, bytes_beside_a_stored_word_are_published)
{
    uintptr_t order = (uintptr_t)model_memory + 65536;

    rmw(&a, x, 4);
    model_write(&a, x, 8);
    shadow_release(a.t, order);
    shadow_acquire(b.t, order);
    model_read(&b, x + 1, 4);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(atomic, bytes_beside_a_stored_word_are_no_sync_word)
{
    rmw(&a, x, 4);
    model_write(&a, x, 8);
    model_read(&b, x + 1, 4);
    cr_expect_eq(model_races(&b), 1);
}

Test(atomic, a_range_over_a_word_is_published_behind_it)
{
    uintptr_t order = (uintptr_t)model_memory + 65536;

    rmw(&a, x + 1, 4);
    shadow_range(a.t, (uintptr_t)x, 64, SHADOW_WRITE, &here);
    shadow_release(a.t, order);
    shadow_acquire(b.t, order);
    shadow_range(b.t, (uintptr_t)x, 64, 0, &here);
    cr_expect_eq(fake_report.emitted, 0);
}
