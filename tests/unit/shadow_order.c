/* Cycles of lock orders: which are one, which cannot deadlock. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/options.h"
#include "model.h"
#include "shadow/thread.h"

static struct actor a, b;

static uintptr_t object(unsigned n)
{
    return (uintptr_t)model_memory + 65536 + 64 * n;
}

static void start(void)
{
    base_options.deadlocks = 1;
    model_start(&a, SHADOW_FORM_GS);
    model_spawn(&a, &b);
}

TestSuite(order, .init = start);

static void lock(struct actor *who, unsigned n, unsigned flags)
{
    struct base_where at = { .pc = 0x100 + n };

    if (!(flags & SHADOW_LOCK_TRIED))
        shadow_lock_wanted(who->t, object(n), flags, &at);
    if (flags & SHADOW_LOCK_RW)
        shadow_rwlock_lock(who->t, object(n), flags, &at);
    else
        shadow_mutex_lock(who->t, object(n), flags, &at);
}

static void unlock_all(struct actor *who)
{
    while (who->t->nheld) {
        struct shadow_held *h = &who->t->held[who->t->nheld - 1];

        if (h->flags & SHADOW_LOCK_RW)
            shadow_rwlock_unlock(who->t, h->addr);
        else
            shadow_mutex_unlock(who->t, h->addr);
    }
}

static void two(struct actor *who, unsigned first, unsigned second)
{
    lock(who, first, 0);
    lock(who, second, 0);
    unlock_all(who);
}

static void expect(unsigned findings)
{
    cr_expect_eq(fake_report.kinds[REPORT_LOCK_ORDER], findings);
    cr_expect_eq(fake_report.emitted, findings);
}

Test(order, two_locks)
{
    two(&a, 0, 1);
    expect(0);
    two(&b, 1, 0);
    expect(1);
    cr_expect_eq(fake_report.last.length, 2);
    cr_expect_eq(fake_report.last.nsides, 4);
    cr_expect_eq(fake_report.last.nlocks, 2);
    cr_expect_eq(fake_report.last.nthreads, 2);
    cr_expect_eq(fake_report.last.sides[0].stack, 0x100);
    cr_expect_eq(fake_report.last.sides[1].stack, 0x101);
    cr_expect_eq(fake_report.last.sides[0].under, fake_report.last.sides[1].lock);
    two(&b, 1, 0);
    two(&a, 0, 1);
    expect(1);
}

Test(order, seen_before_the_wait)
{
    struct base_where at = { .pc = 0x100 };

    lock(&a, 0, 0);
    lock(&b, 1, 0);
    shadow_lock_wanted(a.t, object(1), 0, &at); /* and never gets it */
    shadow_lock_wanted(b.t, object(0), 0, &at);
    expect(1);
}

Test(order, switched_off)
{
    base_options.deadlocks = 0;
    two(&a, 0, 1);
    two(&b, 1, 0);
    expect(0);
}

Test(order, long_ring)
{
    for (unsigned i = 0; i < 99; i++)
        two(&a, i, i + 1);
    expect(0);
    two(&b, 99, 0);
    expect(1);
    cr_expect_eq(fake_report.last.length, 100);
    cr_expect_eq(fake_report.last.nsides, REPORT_SIDES);
}

Test(order, gate)
{
    lock(&a, 5, 0);
    two(&a, 0, 1);
    lock(&b, 5, 0);
    two(&b, 1, 0);
    expect(0);
    two(&b, 1, 0); /* without it, so that it keeps nobody away */
    expect(1);
}

Test(order, gate_of_readers_is_none)
{
    lock(&a, 5, SHADOW_LOCK_RW | SHADOW_LOCK_SHARED);
    two(&a, 0, 1);
    lock(&b, 5, SHADOW_LOCK_RW | SHADOW_LOCK_SHARED);
    two(&b, 1, 0);
    expect(1);
}

Test(order, gate_for_part_of_a_ring)
{
    lock(&a, 5, 0);
    two(&a, 0, 1);
    two(&a, 1, 2);
    lock(&b, 5, 0);
    two(&b, 2, 0);
    expect(0);
}

Test(order, tried)
{
    lock(&a, 0, 0);
    lock(&a, 1, SHADOW_LOCK_TRIED);
    unlock_all(&a);
    two(&b, 1, 0);
    expect(0);
    lock(&a, 0, SHADOW_LOCK_TRIED);
    lock(&a, 1, 0);
    expect(1);
}

Test(order, readers)
{
    unsigned shared = SHADOW_LOCK_RW | SHADOW_LOCK_SHARED;

    lock(&a, 0, shared);
    lock(&a, 1, shared);
    unlock_all(&a);
    lock(&b, 1, shared);
    lock(&b, 0, shared);
    unlock_all(&b);
    expect(0);
    lock(&b, 1, shared); /* a writer at one of them is not enough */
    lock(&b, 0, SHADOW_LOCK_RW);
    unlock_all(&b);
    expect(0);
    lock(&a, 0, shared);
    lock(&a, 1, SHADOW_LOCK_RW);
    unlock_all(&a);
    expect(1);
}

Test(order, readers_behind_writers)
{
    unsigned writer = SHADOW_LOCK_RW | SHADOW_LOCK_WRITERS, shared = writer | SHADOW_LOCK_SHARED;

    lock(&a, 0, writer);
    unlock_all(&a);
    lock(&a, 0, shared);
    lock(&a, 1, shared);
    unlock_all(&a);
    lock(&b, 1, shared);
    lock(&b, 0, shared);
    unlock_all(&b);
    expect(0); /* no writer at 1 */
    lock(&a, 1, writer);
    unlock_all(&a);
    lock(&a, 2, 0);
    lock(&a, 0, shared);
    lock(&a, 1, shared);
    expect(1);
}

Test(order, destroyed)
{
    two(&a, 0, 1);
    shadow_mutex_destroy(a.t, object(0), 0, NULL);
    shadow_mutex_init(a.t, object(0), 0, NULL);
    two(&b, 1, 0);
    expect(0);
    two(&a, 0, 1);
    expect(1);
}

Test(order, released_in_another_order)
{
    lock(&a, 0, 0);
    lock(&a, 1, 0);
    shadow_mutex_unlock(a.t, object(0));
    lock(&a, 2, 0);
    unlock_all(&a);
    two(&b, 2, 0); /* a did not hold 0 any more when it took 2, but the ring is 0, 1, 2 */
    expect(1);
    cr_expect_eq(fake_report.last.length, 3);
}

/* Against a search that knows no contexts and no short cuts: whether the graph of all pairs has a cycle. */
Test(order, random_orders)
{
    for (unsigned seed = 0; seed < 200; seed++) {
        unsigned base = 10 + seed * 8;
        bool edge[6][6] = { { false } }, cyclic = false;

        srand(seed);
        fake_report_clear();
        for (unsigned n = 0; n < 5; n++) {
            unsigned x = (unsigned)rand() % 6, y = (unsigned)rand() % 6;

            if (x == y)
                continue;
            two(n % 2 ? &a : &b, base + x, base + y);
            edge[x][y] = true;
        }
        for (unsigned k = 0; k < 6; k++)
            for (unsigned i = 0; i < 6; i++)
                for (unsigned j = 0; j < 6; j++)
                    edge[i][j] |= edge[i][k] && edge[k][j];
        for (unsigned i = 0; i < 6; i++)
            cyclic |= edge[i][i];
        cr_expect_eq(fake_report.emitted != 0, cyclic, "seed %u", seed);
    }
}
