/* The table of blocks: found from any inner address, by whoever frees, for as long as nothing else lies there. */
#include <criterion/criterion.h>
#include <pthread.h>

#include "base/arena.h"
#include "model.h"
#include "shadow/block.h"

static struct actor a, b;
static struct shadow_block out;

static void start(void)
{
    model_start(&a, SHADOW_FORM_GS);
    model_spawn(&a, &b);
}

TestSuite(block, .init = start);

/* Any address does: the table touches nothing of the program's. */
#define FAR 0x7f1234400000ul

Test(block, from_its_start_to_its_end)
{
    static const size_t sizes[] = { 1, 16, 100, 65536, 65537, 5000000 };

    for (unsigned i = 0; i < 6; i++) {
        uintptr_t at = FAR + 0x10000000ul * i + 0x3ffff0; /* across a leaf's end */

        shadow_block_enter(a.t, at, sizes[i], 7 + i);
        cr_assert(shadow_block_find(at, &out));
        cr_assert(shadow_block_find(at + sizes[i] / 2, &out));
        cr_assert(shadow_block_find(at + sizes[i] - 1, &out));
        cr_expect_eq(out.addr, at);
        cr_expect_eq(out.size, sizes[i]);
        cr_expect_eq(out.stack, 7 + i);
        cr_expect_eq(shadow_identity_of(out.owner), a.t->identity);
        cr_expect(!shadow_block_find(at - 1, &out));
        cr_expect(!shadow_block_find(at + sizes[i], &out));
    }
}

Test(block, eight_bytes_beside_eight)
{
    shadow_block_enter(a.t, FAR, 8, 1);
    shadow_block_enter(a.t, FAR + 8, 8, 2);
    cr_assert(shadow_block_find(FAR + 7, &out) && out.stack == 1);
    cr_assert(shadow_block_find(FAR + 8, &out) && out.stack == 2);
    cr_assert(shadow_block_leave(FAR + 8, &out) && out.stack == 2);
    cr_assert(shadow_block_find(FAR, &out) && !out.freed);
    shadow_block_enter(a.t, FAR - 16, 64, 3);
    cr_assert(shadow_block_find(FAR, &out) && out.stack == 3);
    cr_expect(!shadow_block_leave(FAR + 8, &out));
}

Test(block, freed_until_allocated_again)
{
    shadow_block_enter(a.t, FAR, 64, 1);
    cr_assert(shadow_block_leave(FAR, &out));
    cr_expect(!shadow_block_leave(FAR, &out));
    cr_assert(shadow_block_find(FAR + 63, &out) && out.freed && out.stack == 1);
    shadow_block_enter(a.t, FAR - 32, 64, 2);
    cr_assert(shadow_block_find(FAR + 31, &out) && !out.freed && out.stack == 2);
    cr_expect(!shadow_block_find(FAR + 63, &out));
}

Test(block, freed_ones_below_a_large_one)
{
    shadow_block_enter(a.t, FAR + 4096, 64, 1);
    cr_assert(shadow_block_leave(FAR + 4096, &out));
    shadow_block_enter(a.t, FAR, 1 << 20, 2);
    cr_assert(shadow_block_find(FAR + 4100, &out) && out.stack == 2);
    cr_assert(shadow_block_find(FAR + 70000, &out) && out.stack == 2);
}

Test(block, nowhere)
{
    cr_expect(!shadow_block_leave(0, &out));
    cr_expect(!shadow_block_leave(~0ul, &out));
    cr_expect(!shadow_block_find(1ul << 50, &out));
    shadow_block_enter(a.t, FAR + 4, 64, 1);
    cr_expect(!shadow_block_find(FAR + 4, &out));
}

Test(block, no_memory)
{
    for (unsigned n = 1; n < 6; n++) {
        base_arena_fail_after(n);
        shadow_block_enter(a.t, FAR + 0x1000000000ul * n + 8, 1 << 20, 1);
        base_arena_fail_after(0);
        if (shadow_block_find(FAR + 0x1000000000ul * n + 8, &out))
            cr_expect_eq(out.stack, 1);
        shadow_block_leave(FAR + 0x1000000000ul * n + 8, &out);
    }
}

/* Many blocks of one thread, which another's larger ones take the place of: records go round. */
Test(block, records_are_used_again)
{
    size_t before = 0;

    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < 512; i++)
            shadow_block_enter(a.t, FAR + i * 128, 128, i);
        for (unsigned i = 0; i < 512; i += 8)
            shadow_block_enter(b.t, FAR + i * 128, 1024, i);
        cr_assert(shadow_block_find(FAR + 9 * 128, &out) && out.stack == 8 && out.size == 1024);
        if (round == 1)
            before = base_arena_mapped();
    }
    cr_expect_eq(base_arena_mapped(), before);
}

static bool stop;

static void *churn(void *arg)
{
    struct actor *me = arg;
    uintptr_t at = FAR + (me == &a ? 0 : 4096);

    for (unsigned i = 0; i < 200000; i++) {
        struct shadow_block mine;

        shadow_block_enter(me->t, at + i % 64 * 16, 64, i);
        if (!shadow_block_leave(at + i % 64 * 16, &mine) || mine.stack != i)
            return me;
    }
    return NULL;
}

static void *gaze(void *arg)
{
    struct shadow_block seen;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        if (shadow_block_find(FAR + 500, &seen) &&
            (seen.size != 64 || seen.addr > FAR + 500 || seen.addr + 64 <= FAR + 500))
            return arg;
    return NULL;
}

Test(block, threads_at_once)
{
    pthread_t t[3];
    void *wrong[3];

    pthread_create(&t[2], NULL, gaze, &stop);
    pthread_create(&t[0], NULL, churn, &a);
    pthread_create(&t[1], NULL, churn, &b);
    pthread_join(t[0], &wrong[0]);
    pthread_join(t[1], &wrong[1]);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(t[2], &wrong[2]);
    cr_expect(!wrong[0] && !wrong[1] && !wrong[2]);
}
