/* The option `modules`. */
#include <criterion/criterion.h>

#include "preload/select.h"

#define LIB "/opt/app/lib/libwork.so.1"
#define SYS "/usr/lib/x86_64-linux-gnu/libz.so.1"

Test(preload_select, folders_of_the_system)
{
    cr_assert(preload_select_is_system(SYS));
    cr_assert(preload_select_is_system("/lib64/ld-linux-x86-64.so.2"));
    cr_assert_not(preload_select_is_system(LIB));
    cr_assert_not(preload_select_is_system("/usr/local/lib/libwork.so"));
    cr_assert_not(preload_select_is_system("./lib/libwork.so"));
    cr_assert(preload_select_is_system("/opt/server/lib/libc++.so.1"));
    cr_assert(preload_select_is_system("/opt/server/lib/libstdc++.so.6.0.30"));
    cr_assert_not(preload_select_is_system("/opt/server/lib/libc++helper.so"));
}

Test(preload_select, nothing_said_keeps_the_standard)
{
    cr_assert(preload_select("", LIB, true));
    cr_assert_not(preload_select(" , ", SYS, false));
}

Test(preload_select, all_takes_in)
{
    cr_assert(preload_select("all", SYS, false));
    cr_assert_not(preload_select("all,!libz*", SYS, false));
    cr_assert(preload_select("!libz*,all", SYS, false), "a later item wins");
}

Test(preload_select, naming_one_leaves_others_out)
{
    cr_assert(preload_select("libwork*", LIB, true));
    cr_assert_not(preload_select("libwork*", "/opt/app/bin/app", true));
    cr_assert(preload_select("libwork*, app", "/opt/app/bin/app", true));
}

Test(preload_select, excluding_one_keeps_others)
{
    cr_assert_not(preload_select("!libwork*", LIB, true));
    cr_assert(preload_select("!libwork*", "/opt/app/bin/app", true));
}

Test(preload_select, path_or_last_component)
{
    cr_assert(preload_select("/opt/*", LIB, false));
    cr_assert(preload_select("libwork.so.?", LIB, false));
    cr_assert_not(preload_select("lib/libwork.so.1", LIB, true));
}
