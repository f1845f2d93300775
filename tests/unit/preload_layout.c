/* Windows of address space, chosen from facts as kernels lay them out. */
#include <criterion/criterion.h>

#include "preload/layout.h"

#define GIB (1ULL << 30)

static struct preload_layout_facts usual(void)
{
    struct preload_layout_facts f = {
        .exe_lo = 0x555555554000,
        .exe_hi = 0x555555560000,
        .brk = 0x555555580000,
        .libs_lo = 0x7ffff7d00000,
        .libs_hi = 0x7ffff7fff000,
        .stack_hi = 0x7ffffffff000,
        .fsgsbase = true,
    };

    return f;
}

static bool covers(const struct shadow_layout *l, uint64_t lo, uint64_t hi)
{
    for (unsigned i = 0; i < l->nwindows; i++) {
        if (l->windows[i].lo <= lo && hi <= l->windows[i].hi)
            return true;
    }
    return false;
}

static void well_formed(const struct shadow_layout *l)
{
    for (unsigned i = 0; i < l->nwindows; i++) {
        cr_assert_lt(l->windows[i].lo, l->windows[i].hi);
        cr_assert_eq(l->windows[i].lo % PRELOAD_LAYOUT_BLOCK, 0);
        cr_assert_eq(l->windows[i].hi % PRELOAD_LAYOUT_BLOCK, 0);
        cr_assert(i == 0 || l->windows[i - 1].hi < l->windows[i].lo, "sorted, apart");
    }
}

Test(preload_layout, pie)
{
    struct preload_layout_facts f = usual();
    struct shadow_layout l;

    cr_assert_eq(preload_layout_choose(&f, &l), 0);
    well_formed(&l);
    cr_assert_eq(l.form, SHADOW_FORM_GS);
    cr_assert(covers(&l, f.exe_lo, f.exe_hi + 128 * GIB));
    cr_assert(covers(&l, f.libs_lo - 256 * GIB, f.libs_hi));
    cr_assert(covers(&l, f.stack_hi - 16 * GIB, f.stack_hi));
    cr_assert_eq(l.nwindows, 2, "stack and libraries touch here");
}

Test(preload_layout, fixed_address_program_takes_xor)
{
    struct preload_layout_facts f = usual();
    struct shadow_layout l;

    f.exe_lo = 0x400000;
    f.exe_hi = 0x500000;
    f.brk = 0x1234000;
    cr_assert_eq(preload_layout_choose(&f, &l), 0);
    well_formed(&l);
    cr_assert_eq(l.form, SHADOW_FORM_XOR);
    cr_assert(covers(&l, 0, 64 * GIB));
}

Test(preload_layout, no_fsgsbase_takes_xor)
{
    struct preload_layout_facts f = usual();
    struct shadow_layout l;

    f.fsgsbase = false;
    cr_assert_eq(preload_layout_choose(&f, &l), 0);
    cr_assert_eq(l.form, SHADOW_FORM_XOR);
}

Test(preload_layout, unlimited_stack_grows_up)
{
    struct preload_layout_facts f = usual();
    struct shadow_layout l;

    f.libs_lo = 0x2aaaaaaab000;
    f.libs_hi = 0x2aaaaac00000;
    f.upwards = true;
    cr_assert_eq(preload_layout_choose(&f, &l), 0);
    well_formed(&l);
    cr_assert(covers(&l, f.libs_lo, f.libs_hi + 256 * GIB));
}

Test(preload_layout, windows_in_between_become_one)
{
    struct preload_layout_facts f = usual();
    struct shadow_layout l;

    f.brk = f.exe_hi + 100 * GIB; /* its window runs into the program's */
    cr_assert_eq(preload_layout_choose(&f, &l), 0);
    well_formed(&l);
    cr_assert_eq(l.nwindows, 2);
}

Test(preload_layout, nothing_known_is_nothing_chosen)
{
    struct preload_layout_facts f = { .exe_lo = 1ULL << 46, .fsgsbase = true };
    struct shadow_layout l;

    cr_assert_eq(preload_layout_choose(&f, &l), 0);
    cr_assert_eq(l.nwindows, 0);
}
