/* Bytes and strings of base/mem.h against what libc's answer. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

Test(base_mem, copy_touches_only_its_bytes)
{
    char to[] = "________", from[] = "abcdefgh";

    base_mem_copy(to + 2, from, 3);
    cr_assert_str_eq(to, "__abc___");
    base_mem_copy(to, from, 0);
    cr_assert_str_eq(to, "__abc___");
}

Test(base_mem, move_agrees_with_memmove_at_every_overlap)
{
    for (int from = 0; from < 16; from++) {
        for (int to = 0; to < 16; to++) {
            char ours[33] = "abcdefghijklmnopqrstuvwxyzABCDEF", theirs[33];

            memcpy(theirs, ours, sizeof ours);
            base_mem_move(ours + to, ours + from, 11);
            memmove(theirs + to, theirs + from, 11);
            cr_assert_str_eq(ours, theirs, "from %d to %d", from, to);
        }
    }
}

Test(base_mem, set_fills_only_its_bytes)
{
    char buf[] = "abcdef";

    base_mem_set(buf + 1, 'x', 3);
    cr_assert_str_eq(buf, "axxxef");
}

Test(base_mem, compare_is_by_unsigned_bytes)
{
    cr_assert_eq(base_mem_compare("abc", "abd", 2), 0);
    cr_assert_lt(base_mem_compare("abc", "abd", 3), 0);
    cr_assert_gt(base_mem_compare("\xff", "\x01", 1), 0);
}

Test(base_mem, strings)
{
    cr_assert_eq(base_str_length(""), 0);
    cr_assert_eq(base_str_length("four"), 4);
    cr_assert(base_str_equal("a", "a"));
    cr_assert_not(base_str_equal("a", "ab"));
    cr_assert_lt(base_str_compare("a", "ab"), 0);
    cr_assert_gt(base_str_compare("\xe4", "z"), 0);
    cr_assert(base_str_starts("libc.so.6", "libc."));
    cr_assert_not(base_str_starts("lib", "libc"));
    cr_assert(base_str_starts("x", ""));
}

Test(base_mem, basename_is_the_last_component)
{
    cr_assert_str_eq(base_str_basename("/usr/lib/libc.so.6"), "libc.so.6");
    cr_assert_str_eq(base_str_basename("server"), "server");
    cr_assert_str_eq(base_str_basename("./server"), "server");
    cr_assert_str_eq(base_str_basename(""), "");
}

Test(base_mem, copy_of_a_string_is_cut_and_ended)
{
    char buf[4] = "###";

    cr_assert_eq(base_str_copy(buf, "abcdef", sizeof buf), 3);
    cr_assert_str_eq(buf, "abc");
    cr_assert_eq(base_str_copy(buf, "a", sizeof buf), 1);
    cr_assert_str_eq(buf, "a");
    cr_assert_eq(base_str_copy(buf, "zzz", 0), 0);
    cr_assert_str_eq(buf, "a");
}

Test(base_mem, glob)
{
    static const struct {
        const char *pattern, *s;
        bool match;
    } rows[] = {
        { "", "", true },       { "", "a", false },           { "*", "", true },
        { "*", "abc", true },   { "a*c", "abbbc", true },     { "a*c", "abbbcd", false },
        { "a?c", "abc", true }, { "a?c", "ac", false },       { "*.so*", "libz.so.1", true },
        { "**b", "aab", true }, { "*ab*ab", "abab", true },   { "*ab*ab", "ab", false },
        { "abc", "ab", false }, { "a*b*c", "a1b2b3c", true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(base_str_glob(rows[i].pattern, rows[i].s), rows[i].match, "%s on %s",
                     rows[i].pattern, rows[i].s);
}
