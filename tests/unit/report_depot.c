/*
 * tests/unit/report_depot.c - equal stacks get equal ids, from many threads at once too.
 */
#include "report/depot.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#include "report/dedupe.h"
#include "report/report.h"

Test(report_depot, equal_stacks_are_one)
{
    uint32_t a = report_depot_put(0, 0x10), b = report_depot_put(a, 0x20), callers;

    cr_assert(a && b && a != b);
    cr_assert(report_depot_put(0, 0x10) == a);
    cr_assert(report_depot_put(a, 0x20) == b);
    cr_assert(report_depot_put(0, 0x20) != b);
    cr_assert(report_depot_get(b, &callers) == 0x20 && callers == a);
}

Test(report_depot, frames_come_leaf_first)
{
    uintptr_t pcs[4];
    uint32_t id = report_depot_put(report_depot_put(report_depot_put(0, 1), 2), 3);

    cr_assert(report_stack_frames(id, pcs, 4) == 3);
    cr_assert(pcs[0] == 3 && pcs[1] == 2 && pcs[2] == 1);
    cr_assert(report_stack_frames(id, pcs, 2) == 2);
    cr_assert(report_stack_frames(0, pcs, 4) == 0);
}

enum { THREADS = 4, PUTS = 100000 };

static void *put_many(void *arg)
{
    uint32_t *ids = calloc(PUTS, sizeof *ids);

    for (uint32_t i = 0; i < PUTS; i++)
        ids[i] = report_depot_put(i % 7 ? ids[i / 2] : 0, 1000 + i);
    return ids;
}

Test(report_depot, threads_agree)
{
    pthread_t threads[THREADS];
    uint32_t *ids[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, put_many, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], (void **)&ids[i]);
    for (unsigned i = 1; i < THREADS; i++)
        cr_assert_arr_eq(ids[i], ids[0], PUTS * sizeof *ids[0]);
    for (unsigned i = 0; i < PUTS; i++)
        cr_assert(ids[0][i] != 0);
}

Test(report_dedupe, either_order_once)
{
    uint32_t index = 99;

    cr_assert(!report_seen(REPORT_DATA_RACE, 1, 2));
    cr_assert(report_dedupe_first(REPORT_DATA_RACE, 1, 2, &index) && index == 0);
    cr_assert(!report_dedupe_first(REPORT_DATA_RACE, 2, 1, &index));
    cr_assert(report_seen(REPORT_DATA_RACE, 2, 1));
    cr_assert(!report_seen(REPORT_MIXED_ATOMIC, 2, 1));
    cr_assert(report_dedupe_first(REPORT_MISALIGNED_ATOMIC, 5, 0, &index) && index == 1);
    cr_assert(report_seen(REPORT_MISALIGNED_ATOMIC, 5, 5));
    cr_assert(report_dedupe_total_repeats() == 3);
}
