/* The table of checked code. */
#include <criterion/criterion.h>

#include "preload/checked.h"

Test(preload_checked, empty_holds_nothing)
{
    cr_assert_not(preload_checked_pc(0));
    cr_assert_not(preload_checked_pc(UINTPTR_MAX));
}

Test(preload_checked, ranges_in_any_order_with_gaps)
{
    cr_assert(preload_checked_add(0x3000, 0x4000));
    cr_assert(preload_checked_add(0x1000, 0x1800));
    cr_assert(preload_checked_add(0x7000, 0x9000));
    cr_assert(preload_checked_add(0x5000, 0x5001));
    cr_assert_not(preload_checked_add(5, 5));
    cr_assert(preload_checked_pc(0x1000) && preload_checked_pc(0x17ff));
    cr_assert(preload_checked_pc(0x3fff) && preload_checked_pc(0x5000) &&
              preload_checked_pc(0x8fff));
    cr_assert_not(preload_checked_pc(0xfff));
    cr_assert_not(preload_checked_pc(0x1800));
    cr_assert_not(preload_checked_pc(0x5001));
    cr_assert_not(preload_checked_pc(0x9000));
    cr_assert(preload_checked_hull(0x6000), "a gap passes the first glance only");
}

Test(preload_checked, full_table_says_so)
{
    for (uintptr_t i = 0; i < PRELOAD_CHECKED_MAX; i++)
        cr_assert(preload_checked_add(i * 16 + 1, i * 16 + 9));
    cr_assert_not(preload_checked_add(1 << 20, 2 << 20));
    cr_assert(preload_checked_pc(16 * 700 + 3));
    cr_assert_not(preload_checked_pc(16 * 700 + 12));
}

Test(preload_checked, removed_ranges_are_gone)
{
    cr_assert(preload_checked_add(0x1000, 0x2000) && preload_checked_add(0x3000, 0x4000));
    cr_assert(preload_checked_add(0x3800000, 0x3900000));
    preload_checked_remove(0x3000, 0x5000);
    cr_assert_not(preload_checked_pc(0x3000));
    cr_assert(preload_checked_pc(0x1fff) && preload_checked_pc(0x3800000));
    preload_checked_remove(0x3800000, 0x3900000);
    cr_assert(preload_checked_pc(0x1000));
    cr_assert_not(preload_checked_hull(0x3000));
}
