/*
 * report/render/names.c - readable names, and which functions are operations on atomics or locks.
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

/* The same for locks: whoever calls these takes or gives the lock. */
static const char *const lock_names[] = {
    "__gthread_mutex_",
    "__gthread_recursive_mutex_",
    "__gthread_cond_",
    "std::mutex::",
    "std::__mutex_base::",
    "std::recursive_mutex::",
    "std::__recursive_mutex_base::",
    "std::timed_mutex::",
    "std::recursive_timed_mutex::",
    "std::__timed_mutex_impl<",
    "std::shared_mutex::",
    "std::shared_timed_mutex::",
    "std::__shared_mutex_pthread::",
    "std::__glibcxx_rwlock_",
    "__glibcxx_rwlock_",
    "std::lock_guard<",
    "std::unique_lock<",
    "std::shared_lock<",
    "std::scoped_lock<",
    "std::lock<",
    "std::try_lock<",
    "std::__detail::__lock_impl<",
    "std::__detail::__try_lock_impl<",
    "std::condition_variable::",
    "std::_V2::condition_variable_any::",
    "std::__condvar::",
    "std::__1::mutex::",
    "std::__1::recursive_mutex::",
    "std::__1::shared_mutex::",
    "std::__1::__shared_mutex_base::",
    "std::__1::lock_guard<",
    "std::__1::unique_lock<",
    "std::__1::shared_lock<",
    "std::__1::scoped_lock<",
    "std::__1::condition_variable::",
    "std::__1::__libcpp_mutex_",
    "std::__1::__libcpp_recursive_mutex_",
    "boost::mutex::",
    "boost::recursive_mutex::",
    "boost::shared_mutex::",
    "boost::unique_lock<",
    "boost::lock_guard<",
    "boost::condition_variable::",
    "boost::posix::pthread_mutex_",
};

/* The name begins like one of the list, or does so after the return type that templates carry; not among its arguments. */
static bool is_among(const char *name, const char *const *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const char *at = strstr(name, list[i]);

        if (at == name || (at && at[-1] == ' ' && !memchr(name, '(', (size_t)(at - name))))
            return true;
    }
    return false;
}

/* std::atomic_load() of a shared_ptr takes a lock; its accesses are plain ones. */
static bool is_of_shared_ptr(const char *name)
{
    return strstr(name, "(std::shared_ptr<") || strstr(name, "(std::__shared_ptr<") ||
           strstr(name, "(std::__1::shared_ptr<");
}

bool render_is_atomic_function(const char *name)
{
    return is_among(name, atomic_names, sizeof atomic_names / sizeof *atomic_names) &&
           !is_of_shared_ptr(name);
}

/* Where the template arguments that end at `end` begin, else `end`. */
static const char *before_arguments(const char *name, const char *end)
{
    unsigned depth = 0;

    if (end == name || end[-1] != '>')
        return end;
    while (end > name) {
        end--;
        depth += *end == '>';
        depth -= *end == '<';
        if (!depth)
            break;
    }
    return end;
}

/* The end of the function's name, where its parameters begin. */
static const char *before_parameters(const char *name)
{
    unsigned depth = 0;

    for (; *name && (depth || *name != '('); name++) {
        depth += *name == '<';
        depth -= *name == '>' && depth;
    }
    return name;
}

/* Whether the name, up to `end`, ends with this word behind "::". */
static bool ends_with(const char *name, const char *end, const char *word, size_t length)
{
    return end >= name + length + 2 && strncmp(end - length, word, length) == 0 &&
           strncmp(end - length - 2, "::", 2) == 0;
}

bool render_is_maker(const char *name)
{
    static const char *const rust[] = { "new", "default", "from", "get_mut", "into_inner" };
    const char *end = before_parameters(name), *last = end, *of;

    for (unsigned i = 0; i < sizeof rust / sizeof *rust; i++)
        if (ends_with(name, end, rust[i], strlen(rust[i])))
            return true;
    while (last > name && last[-1] != ':')
        last--;
    if (*end != '(' || last < name + 2)
        return false;
    of = before_arguments(name, last - 2);
    return ends_with(name, of, last, (size_t)(end - last));
}

bool render_is_lock_function(const char *name)
{
    return is_among(name, lock_names, sizeof lock_names / sizeof *lock_names);
}
