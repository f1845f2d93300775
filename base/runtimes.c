/*
 * base/runtimes.c - see runtimes.h. OpenMP's are not here: they tell of their tasks by calls.
 */
#include "base/runtimes.h"

#include "base/mem.h"

bool base_is_task_runtime(const char *path)
{
    static const char *const names[] = { "libtbb.so*", "libtbb_debug.so*", "libtbb_preview.so*",
                                         "libdispatch.so*" };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (base_str_glob(names[i], base_str_basename(path)))
            return true;
    return false;
}
