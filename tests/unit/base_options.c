/* The option table: defaults, each way to write a value, each way to get it wrong. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/options.h"

static struct base_options o;
static char last[512];
static unsigned lines;

static void bad(const char *line)
{
    strncpy(last, line, sizeof last - 1);
    lines++;
}

static void fresh(void)
{
    base_options_defaults(&o);
    last[0] = '\0';
    lines = 0;
}

TestSuite(base_options, .init = fresh);

Test(base_options, defaults_are_those_of_the_rows)
{
    char value[64];

    cr_assert_eq(o.exitcode, 66);
    cr_assert_str_eq(o.text, "stderr");
    cr_assert_str_eq(o.exit_on, "certain");
    for (size_t i = 0; i < base_option_count; i++) {
        base_options_get(&o, base_option_rows[i].name, value, sizeof value);
        cr_assert_str_eq(value, base_option_rows[i].def);
    }
}

Test(base_options, pairs_between_colons_and_blanks)
{
    cr_assert_eq(base_options_parse(&o, " exitcode=3::history=site\tjson=/tmp/%p.json: ", bad), 0);
    cr_assert_eq(o.exitcode, 3);
    cr_assert_str_eq(o.history, "site");
    cr_assert_str_eq(o.json, "/tmp/%p.json");
}

Test(base_options, nothing_to_parse)
{
    cr_assert_eq(base_options_parse(&o, "", bad), 0);
    cr_assert_eq(base_options_parse(&o, " : ", bad), 0);
}

Test(base_options, quotes_hold_separators)
{
    cr_assert_eq(base_options_parse(&o, "text=\"/a b:c\":exitcode=0", bad), 0);
    cr_assert_str_eq(o.text, "/a b:c");
    cr_assert_eq(o.exitcode, 0);
}

Test(base_options, an_empty_value_is_a_value)
{
    cr_assert_eq(base_options_parse(&o, "text=", bad), 0);
    cr_assert_str_eq(o.text, "");
}

Test(base_options, the_last_one_wins)
{
    base_options_parse(&o, "exitcode=1 exitcode=2", bad);
    cr_assert_eq(o.exitcode, 2);
}

Test(base_options, an_unknown_key_names_the_nearest)
{
    cr_assert_eq(base_options_parse(&o, "exitcod=1:verbosity=1", bad), 1);
    cr_assert_str_eq(last, "unknown option 'exitcod', did you mean 'exitcode'?");
    cr_assert_eq(o.exitcode, 66);
    cr_assert_eq(o.verbosity, 1);
}

Test(base_options, a_far_key_names_nothing)
{
    cr_assert_eq(base_options_parse(&o, "zzzzzzzzzz=1", bad), 1);
    cr_assert_str_eq(last, "unknown option 'zzzzzzzzzz'");
}

Test(base_options, bad_values_leave_the_default)
{
    cr_assert_eq(base_options_parse(&o, "exitcode=256:exitcode=x:exit_on=never:text=\"a", bad), 4);
    cr_assert_str_eq(last, "option 'text': a double quote is not closed");
    cr_assert_eq(o.exitcode, 66);
    cr_assert_str_eq(o.exit_on, "certain");
    cr_assert_str_eq(o.text, "stderr");
}

Test(base_options, messages_name_what_is_allowed)
{
    char err[256];

    cr_assert_not(base_options_set(&o, "exitcode", "300", err, sizeof err));
    cr_assert_str_eq(err, "option 'exitcode': '300' is not a number from 0 to 255");
    cr_assert_not(base_options_set(&o, "history", "ful", err, sizeof err));
    cr_assert_str_eq(err, "option 'history': 'ful' is not one of full|site");
    cr_assert(base_options_set(&o, "history", "full", err, sizeof err));
}

Test(base_options, a_key_without_a_value)
{
    cr_assert_eq(base_options_parse(&o, "verbosity", bad), 1);
    cr_assert_str_eq(last, "option 'verbosity' needs a value: verbosity=...");
    cr_assert_eq(base_options_parse(&o, "=1", bad), 1);
}

Test(base_options, text_that_is_too_long)
{
    static char text[3 * BASE_OPTIONS_TEXT];

    memset(text, 'x', sizeof text - 1);
    memcpy(text, "json=", 5);
    cr_assert_eq(base_options_parse(&o, text, bad), 1);
    cr_assert(strstr(last, "is longer than 4095 bytes"));
    cr_assert_str_eq(o.json, "");
    memset(text, 'k', sizeof text - 1);
    cr_assert_eq(base_options_parse(&o, text, bad), 1);
    cr_assert_eq(lines, 2);
}

Test(base_options, what_is_set_comes_back_as_text)
{
    char value[16];

    base_options_parse(&o, "stack_depth=0x10:text=none", bad);
    base_options_get(&o, "stack_depth", value, sizeof value);
    cr_assert_str_eq(value, "16");
    base_options_get(&o, "text", value, sizeof value);
    cr_assert_str_eq(value, "none");
    base_options_get(&o, "no such", value, sizeof value);
    cr_assert_str_eq(value, "");
}
