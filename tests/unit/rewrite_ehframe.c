/*
 * Function ranges: from this program's own tables, and merged.
 */
#include <criterion/criterion.h>
#include <link.h>

#include "rewrite/ehframe.h"

struct found {
    const uint8_t *hdr;
    uintptr_t bias;
};

static int find_own(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct found *f = arg;

    (void)size;
    f->bias = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
            f->hdr = (const uint8_t *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return 1; /* the program comes first */
}

Test(rewrite_ehframe, finds_this_function)
{
    static struct ehframe_range ranges[65536];
    struct found f = { 0 };
    uint32_t n, own = (uint32_t)((uintptr_t)find_own), hits = 0;

    dl_iterate_phdr(find_own, &f);
    cr_assert_neq(f.hdr, NULL);
    own = (uint32_t)((uintptr_t)find_own - f.bias);
    n = ehframe_merge(ranges, ehframe_ranges(f.hdr, f.bias, ranges, 65536));
    cr_assert_gt(n, 10);
    for (uint32_t i = 0; i < n; i++) {
        hits += ranges[i].lo == own;
        cr_expect_lt(ranges[i].lo, ranges[i].hi);
        if (i)
            cr_expect_leq(ranges[i - 1].hi, ranges[i].lo, "sorted and apart");
    }
    cr_expect_eq(hits, 1);
}

Test(rewrite_ehframe, overlapping_ranges_become_one)
{
    struct ehframe_range r[] = {
        { 30, 40, 0 }, { 10, 20, 0 }, { 15, 25, 0 }, { 25, 28, 0 }, { 32, 34, 0 }
    };

    cr_assert_eq(ehframe_merge(r, 5), 3);
    cr_expect(r[0].lo == 10 && r[0].hi == 25);
    cr_expect(r[1].lo == 25 && r[1].hi == 28);
    cr_expect(r[2].lo == 30 && r[2].hi == 40);
}

Test(rewrite_ehframe, nothing_to_merge)
{
    cr_expect_eq(ehframe_merge(NULL, 0), 0);
}
