/* Blocks: reuse, use after free, what a finding says of them. */
#include <criterion/criterion.h>

#include "model.h"
#include "shadow/block.h"

static struct actor a, b;
static uintptr_t block;
static struct base_where here = { .pc = 0x4444 }, there = { .pc = 0x5555 };

static void start(void)
{
    model_start(&a, SHADOW_FORM_GS);
    block = (uintptr_t)model_memory + 4096;
    model_spawn(&a, &b);
}

TestSuite(heap, .init = start);

Test(heap, reuse_by_another_thread)
{
    static const size_t sizes[] = { 1, 13, 100, 5000, 100000 };

    for (unsigned i = 0; i < 5; i++) {
        shadow_heap_alloc(a.t, block, sizes[i], &here);
        shadow_range(a.t, block, sizes[i], SHADOW_WRITE, &here);
        shadow_heap_free(a.t, block, &here);
        shadow_heap_alloc(b.t, block, sizes[i], &there);
        shadow_range(b.t, block, sizes[i], SHADOW_WRITE, &there);
        shadow_heap_free(b.t, block, &there);
    }
    cr_expect_eq(fake_report.emitted, 0);
}

Test(heap, unsafe_publication)
{
    shadow_heap_alloc(a.t, block, 64, &here);
    model_read(&b, (void *)(block + 20), 4);
    cr_expect_eq(model_races(&b), 1);
    cr_expect_eq(fake_report.last.location.type, REPORT_PLACE_HEAP);
    cr_expect_eq(fake_report.last.location.block, block);
    cr_expect_eq(fake_report.last.location.block_size, 64);
    cr_expect_eq(fake_report.last.location.stack, 0x4444);
    cr_expect_eq(fake_report.last.sides[1].stack, 0x4444);
}

Test(heap, free_races_with_an_earlier_use)
{
    shadow_heap_alloc(a.t, block, 64, &here);
    shadow_release(a.t, 640);
    shadow_acquire(b.t, 640);
    model_read(&b, (void *)(block + 8), 8);
    shadow_heap_free(a.t, block, &here);
    cr_expect_eq(model_races(&a), 1);
    cr_expect_eq(fake_report.last.kind, REPORT_HEAP_USE_AFTER_FREE);
    cr_expect_eq(fake_report.last.sides[0].op, REPORT_FREE);
    cr_expect_eq(fake_report.last.location.type, REPORT_PLACE_HEAP);
}

Test(heap, use_races_with_an_earlier_free)
{
    shadow_heap_alloc(a.t, block, 64, &here);
    shadow_release(a.t, 640);
    shadow_acquire(b.t, 640);
    shadow_heap_free(a.t, block, &here);
    model_read(&b, (void *)(block + 8), 8);
    cr_expect_eq(model_races(&b), 1);
    cr_expect_eq(fake_report.last.kind, REPORT_HEAP_USE_AFTER_FREE);
    cr_expect_eq(fake_report.last.sides[1].op, REPORT_FREE);
}

Test(heap, found_by_inner_address)
{
    struct shadow_block out;

    shadow_heap_alloc(a.t, block, 60000, &here);
    shadow_heap_alloc(a.t, block + 60000 + 16, 200000, &there);
    cr_assert(shadow_block_find(block + 59999, &out));
    cr_expect_eq(out.addr, block);
    cr_expect(!shadow_block_find(block + 60000, &out));
    cr_assert(shadow_block_find(block + 60016 + 150000, &out));
    cr_expect_eq(out.stack, 0x5555);
    shadow_heap_free(a.t, block, &here);
    cr_assert(shadow_block_find(block + 100, &out));
    cr_expect(out.freed);
    shadow_heap_alloc(b.t, block, 10, &there);
    cr_assert(shadow_block_find(block + 5, &out));
    cr_expect(!out.freed);
}

Test(heap, a_neighbour_in_the_same_word)
{
    model_write(&b, (void *)(block + 13), 1);
    shadow_heap_alloc(a.t, block, 13, &here);
    model_write(&b, (void *)(block + 13), 1);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(heap, unknown_blocks_are_ignored)
{
    shadow_heap_free(a.t, block, &here);
    shadow_heap_free(a.t, 0, &here);
    shadow_heap_alloc(a.t, 4096, 64, &here);
    shadow_heap_free(a.t, 4096, &here);
    cr_expect_eq(fake_report.emitted, 0);
}

Test(heap_alone, words_of_an_earlier_life_are_plain)
{
    uint32_t *x;

    model_start(&a, SHADOW_FORM_GS);
    block = (uintptr_t)model_memory + 4096;
    x = (uint32_t *)(block + 8);
    shadow_heap_alloc(a.t, block, 64, &here);
    shadow_atomic(a.t, (uintptr_t)x, 4, SHADOW_ATOMIC_RMW, &here);
    shadow_heap_free(a.t, block, &here);
    shadow_heap_alloc(a.t, block, 64, &here);
    model_spawn(&a, &b);
    model_write(&a, x, 4);
    model_write(&b, x, 4);
    cr_expect_eq(model_races(&b), 1);
}

static void pass_on(struct actor *from, struct actor *to)
{
    shadow_release(from->t, 640);
    shadow_acquire(to->t, 640);
}

/* Once for the bytes that were used, by whoever it was. */
Test(heap, use_after_a_free_that_came_before_it)
{
    shadow_heap_watch();
    shadow_heap_alloc(a.t, block, 100, &here);
    model_write(&a, (void *)(block + 8), 8);
    shadow_heap_free(a.t, block, &there);
    cr_expect_eq(fake_report.emitted, 0);
    model_write(&a, (void *)(block + 8), 8);
    cr_assert_eq(fake_report.emitted, 1);
    cr_expect_eq(fake_report.last.kind, REPORT_HEAP_USE_AFTER_FREE);
    cr_expect_eq(fake_report.last.sides[1].op, REPORT_FREE);
    cr_expect_eq(fake_report.last.sides[1].stack, 0x5555);
    cr_expect_eq(fake_report.last.location.block, block);
    model_write(&a, (void *)(block + 8), 8);
    cr_expect_eq(fake_report.emitted, 1);
    pass_on(&a, &b);
    model_read(&b, (void *)(block + 96), 4);
    cr_expect_eq(fake_report.emitted, 2);
    cr_expect_eq(model_races(&b), 0);
    shadow_range(b.t, block + 16, 32, 0, &there);
    cr_expect_eq(fake_report.emitted, 3);
    shadow_atomic(b.t, block + 64, 4, SHADOW_ATOMIC_RMW, &there);
    cr_expect_eq(fake_report.emitted, 4);
    shadow_mute(b.t, true);
    model_read(&b, (void *)(block + 72), 4);
    cr_expect_eq(fake_report.emitted, 4);
}

Test(heap, what_is_in_use_again_is_clean)
{
    shadow_heap_watch();
    for (unsigned i = 0; i < 4; i++) {
        struct actor *next = i & 1 ? &a : &b;

        shadow_heap_alloc(a.t, block, 100, &here);
        shadow_heap_alloc(a.t, block + 112, 40, &here);
        shadow_heap_free(a.t, block, &there);
        model_write(&a, (void *)(block + 112), 8);
        pass_on(&a, next);
        switch (i) {
        case 0: shadow_heap_alloc(next->t, block, 104, &here); break;
        case 1: shadow_clear(next->t, block, 104); break;
        case 2: shadow_heap_used(block, 104); break;
        default: shadow_heap_alloc(next->t, block - 16, 120, &here); break;
        }
        shadow_range(next->t, block, 104, SHADOW_WRITE, &there);
        shadow_heap_free(next->t, i == 3 ? block - 16 : block, &there);
        shadow_clear(next->t, block - 16, 200);
        pass_on(next, &a);
    }
    cr_expect_eq(fake_report.emitted, 0);
}

/* What is freed where writes are ignored, or by code that is not checked, is not looked at. */
Test(heap, a_free_that_is_not_checked)
{
    struct base_where foreign = { .pc = 0x6666, .foreign = true };

    shadow_heap_watch();
    shadow_heap_alloc(a.t, block, 64, &here);
    shadow_heap_free(a.t, block, &foreign);
    model_write(&a, (void *)block, 8);
    shadow_heap_alloc(a.t, block, 64, &here);
    pass_on(&a, &b);
    model_write(&b, (void *)block, 8);
    shadow_ignore(a.t, SHADOW_IGNORE_WRITES, true);
    shadow_heap_free(a.t, block, &here);
    shadow_ignore(a.t, SHADOW_IGNORE_WRITES, false);
    cr_expect_eq(fake_report.emitted, 0);
}

/* Whole tracts that a loop knows, see strip.c. */
Test(heap, what_is_freed_is_known_no_more)
{
    struct shadow_strip s = {
        .addr = block, .stride = 8, .size = 8, .flags = SHADOW_WRITE, .n = 256
    };

    shadow_heap_alloc(a.t, block, 2048, &here);
    cr_assert(shadow_strip_record(a.t, &s, &here));
    cr_expect_eq(shadow_strip_known(a.t, &s), 256);
    cr_expect_eq(shadow_strip_known(a.t, &s), 256);
    shadow_heap_free(a.t, block, &there);
    cr_expect_eq(shadow_strip_known(a.t, &s), 0);
}
