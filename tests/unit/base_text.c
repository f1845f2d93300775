/* Bounded formatting: what fits, what is cut, numbers at their limits. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>

#include "base/text.h"

static char buf[128];
static struct base_text t;

static void fresh(size_t size)
{
    memset(buf, '#', sizeof buf);
    base_text_init(&t, buf, size);
}

Test(base_text, text_that_fits)
{
    fresh(sizeof buf);
    base_text_str(&t, "pid ");
    base_text_u64(&t, 71);
    base_text_char(&t, ' ');
    base_text_hex(&t, 0xdeadbeef);
    cr_assert_str_eq(buf, "pid 71 0xdeadbeef");
    cr_assert_eq(t.len, strlen(buf));
}

Test(base_text, text_that_does_not_fit_is_cut)
{
    fresh(5);
    base_text_str(&t, "abcdefgh");
    cr_assert_str_eq(buf, "abcd");
    cr_assert_eq(buf[5], '#');
    base_text_char(&t, 'x');
    cr_assert_str_eq(buf, "abcd");
}

Test(base_text, buffers_of_no_and_one_byte)
{
    fresh(0);
    base_text_str(&t, "a");
    cr_assert_eq(buf[0], '#');
    fresh(1);
    base_text_format(&t, "%s", "a");
    cr_assert_str_eq(buf, "");
    cr_assert_eq(buf[1], '#');
}

Test(base_text, agrees_with_printf)
{
    char theirs[128];

    fresh(sizeof buf);
    base_text_format(&t, "%s|%d|%u|%ld|%lu|%lx|%x|%c|%%|%zu", "s", INT_MIN, UINT_MAX, LONG_MIN,
                     ULONG_MAX, 0xfeedfaceUL, 10u, 'c', (size_t)7);
    snprintf(theirs, sizeof theirs, "%s|%d|%u|%ld|%lu|%lx|%x|%c|%%|%zu", "s", INT_MIN, UINT_MAX,
             LONG_MIN, ULONG_MAX, 0xfeedfaceUL, 10u, 'c', (size_t)7);
    cr_assert_str_eq(buf, theirs);
}

Test(base_text, pointers_and_null_strings)
{
    const char *volatile none = NULL;

    fresh(sizeof buf);
    base_text_format(&t, "%p %p %s", (void *)0x1234, NULL, none);
    cr_assert_str_eq(buf, "0x1234 0x0 (null)");
}

Test(base_text, parse_numbers)
{
    static const struct {
        const char *s;
        bool good;
        uint64_t value;
    } rows[] = {
        { "0", true, 0 },
        { "66", true, 66 },
        { "0x1F", true, 31 },
        { "18446744073709551615", true, UINT64_MAX },
        { "0xffffffffffffffff", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "0x10000000000000000", false, 0 },
        { "", false, 0 },
        { "0x", false, 0 },
        { "-1", false, 0 },
        { " 1", false, 0 },
        { "1x", false, 0 },
        { "f", false, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = 4711;

        cr_assert_eq(base_text_parse_u64(rows[i].s, &value), rows[i].good, "'%s'", rows[i].s);
        cr_assert_eq(value, rows[i].good ? rows[i].value : 4711, "'%s'", rows[i].s);
    }
}
