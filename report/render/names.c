/*
 * report/render/names.c - readable names, and which functions are atomic operations.
 */
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/symbols.h"

enum { LONGEST = 4096 }; /* mangled; what is longer is shown as it is */

char *render_demangle(const char *name)
{
    char *out = NULL;

    if (strlen(name) < LONGEST && (strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0))
        out = cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
    return out ? out : render_copy(name);
}

/* Beginnings of qualified names: operations of these are atomic whatever the compiler made of them. */
static const char *const atomic_names[] = {
    "std::atomic<",
    "std::atomic_",
    "std::__atomic_base<",
    "std::__atomic_float<",
    "std::__atomic_ref<",
    "std::__1::atomic",
    "std::__1::__atomic",
    "std::__1::__cxx_atomic",
    "std::__cxx_atomic",
    "__cxx_atomic_",
    "core::sync::atomic::",
    "std::sync::atomic::",
    "portable_atomic::",
    "boost::atomics::",
    "boost::atomic<",
    "QAtomic",
    "QBasicAtomic",
    "folly::atomic",
    "absl::atomic",
    "tbb::detail::d1::atomic",
    "g_atomic_",
    "__atomic_",
    "__sync_",
    "atomic_load",
    "atomic_store",
    "atomic_exchange",
    "atomic_compare_",
    "atomic_fetch_",
    "<core::sync::atomic::",
    "std::atomic_flag::",
    "std::__atomic_impl::",
    "std::atomic_ref<",
};

bool render_is_atomic_function(const char *name)
{
    for (unsigned i = 0; i < sizeof atomic_names / sizeof *atomic_names; i++) {
        const char *at = strstr(name, atomic_names[i]);

        /* At the start, or after the return type that templates carry; not among the arguments. */
        if (at == name || (at && at[-1] == ' ' && !memchr(name, '(', (size_t)(at - name))))
            return true;
    }
    return false;
}
