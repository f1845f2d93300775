/*
 * Memory near a module: within reach, inside the window asked for, never over what is there.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>

#include "rewrite/area.h"

static const char here[4096];

/* A place of that many MiB, or a little behind, from this module on where nothing lies: the break may be anywhere within a GiB. */
static uintptr_t free_from(size_t mib, size_t size)
{
    for (size_t more = 0; more < 1024; more += 64) {
        uintptr_t lo = ((uintptr_t)here + ((mib + more) << 20)) & ~65535ul;
        char *got = mmap((void *)lo, size, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

        if (got == MAP_FAILED)
            continue;
        munmap(got, size);
        if (got == (char *)lo)
            return lo;
    }
    cr_assert_fail("no room");
    return 0;
}

Test(rewrite_area, a_copy_area_is_within_reach_of_both_ends)
{
    uintptr_t lo = (uintptr_t)here, hi = lo + (64ul << 20),
              at = area_reserve_near(lo, hi, 1ul << 20);

    cr_assert_neq(at, 0);
    cr_expect_leq(hi > at ? hi - at : at + (1ul << 20) - lo, 1ul << 31);
}

Test(rewrite_area, stubs_lie_in_their_window_and_do_not_overlap)
{
    uintptr_t lo = free_from(512, 65536) + 12345, seen[64];

    for (unsigned i = 0; i < 64; i++) {
        seen[i] = area_stub(lo, lo + 4096, lo, true);
        cr_assert(seen[i] >= lo && seen[i] + 8 <= lo + 4096, "stub %u", i);
        for (unsigned k = 0; k < i; k++)
            cr_assert(seen[k] + 8 <= seen[i] || seen[i] + 8 <= seen[k]);
    }
}

Test(rewrite_area, a_narrow_window_runs_out)
{
    uintptr_t lo = free_from(768, 65536);
    unsigned n = 0;

    while (area_stub(lo, lo + 64, lo, true))
        n++;
    cr_expect(n > 0 && n <= 8, "%u stubs", n);
}

Test(rewrite_area, taken_memory_is_left_alone)
{
    uintptr_t lo = free_from(896, 131072);
    char *taken = mmap((void *)lo, 131072, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    cr_assert_eq((uintptr_t)taken, lo);
    cr_expect_eq(area_stub(lo, lo + 65536, lo, true), 0);
}

Test(rewrite_area, kept_out_of_the_break)
{
    uintptr_t lo = free_from(1024, 1ul << 20);

    area_keep_out(lo, lo + (1ul << 20));
    cr_expect_eq(area_stub(lo, lo + 65536, lo, true), 0);
}

/* Windows far apart: the stubs are in the same memory, and each leads where it should. */
Test(rewrite_area, chunks_share_their_memory)
{
    uintptr_t lo = free_from(640, 16ul << 20);
    size_t bytes = area_stub_bytes();

    for (unsigned i = 0; i < 16; i++) {
        uintptr_t window = lo + i * (1ul << 20),
                  at = area_stub(window, window + 4096, window, true);
        int32_t disp;

        cr_assert(at >= window && at < window + 4096, "stub %u", i);
        memcpy(&disp, (const void *)(at + 1), 4);
        cr_expect_eq(at + 5 + (uintptr_t)(intptr_t)disp, window);
        cr_expect(area_has(at));
    }
    cr_expect_leq(area_stub_bytes() - bytes, 65536);
    cr_expect_not(area_has(lo - 1));
}
