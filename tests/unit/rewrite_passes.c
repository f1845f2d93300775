/*
 * The option `passes`: names, all, none, and what is left out.
 */
#include <criterion/criterion.h>

#include "rewrite/rewrite.h"

#define ALL ((1u << REWRITE_PASSES) - 1)

static uint32_t set_of(const char *text, bool good)
{
    uint32_t set = 12345;

    cr_expect_eq(rewrite_passes(text, &set), good, "%s", text);
    return set;
}

Test(rewrite_passes, names)
{
    cr_expect_eq(set_of("all", true), ALL);
    cr_expect_eq(set_of("none", true), 0);
    cr_expect_eq(set_of("", true), 0);
    cr_expect_eq(set_of("look", true), REWRITE_PASS_LOOK);
    cr_expect_eq(set_of("!look", true), ALL & ~(uint32_t)REWRITE_PASS_LOOK);
    cr_expect_eq(set_of("all,!look", true), ALL & ~(uint32_t)REWRITE_PASS_LOOK);
}

Test(rewrite_passes, unknown_names_are_passed_over)
{
    cr_expect_eq(set_of("loo,look", false), REWRITE_PASS_LOOK);
    cr_expect_eq(set_of("lookk", false), 0);
}
