/* Which libraries are task runtimes. */
#include "base/runtimes.h"

#include <criterion/criterion.h>

Test(base_runtimes, by_the_name_of_the_file)
{
    cr_expect(base_is_task_runtime("/lib/x86_64-linux-gnu/libtbb.so.12"));
    cr_expect(base_is_task_runtime("/usr/lib/libdispatch.so"));
    cr_expect(!base_is_task_runtime("/lib/x86_64-linux-gnu/libtbbmalloc.so.2"));
    cr_expect(!base_is_task_runtime("/lib/x86_64-linux-gnu/libc.so.6"));
    cr_expect(!base_is_task_runtime("/home/me/libtbb.so.d/server"));
}
