/*
 * Every row of preload/wrap*.def is called once; then the library is asked which of its wrappers did work of their
 * own. Run with libseance.so preloaded; a new row needs a call in one of the wrap_*.c.
 */
#include <dlfcn.h>

#include "wrap.h"

/* A row for a function that a newer libc has: nobody can call it here. */
static int absent(const char *name)
{
    static void *libraries[2];

    if (!libraries[0]) {
        libraries[0] = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
        libraries[1] = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
        MUST(libraries[0] && libraries[1]);
    }
    return !dlsym(libraries[0], name) && !dlsym(libraries[1], name);
}

static int engaged(int (*ask)(const char *), const char *name)
{
    if (ask(name) == 1 || absent(name))
        return 1;
    printf("not engaged: %s\n", name);
    return 0;
}

int main(void)
{
    int (*ask)(const char *) = (int (*)(const char *))dlsym(RTLD_DEFAULT, "seance_wrapper_engaged");
    const char *(*name)(unsigned) =
        (const char *(*)(unsigned))dlsym(RTLD_DEFAULT, "seance_wrapper_name");
    unsigned n, missing = 0;

    MUST(ask && name);
    MUST(ask("no_such_function") == -1);
    wrap_threads();
    wrap_locks();
    wrap_waits();
    wrap_memory();
    wrap_strings();
    wrap_buffers();
    wrap_kernel();
    wrap_openmp();
    wrap_processes();
    wrap_text();
    wrap_system();
    wrap_stdio();
    for (n = 0; name(n); n++)
        missing += !engaged(ask, name(n));
    printf("%u wrappers, %u not engaged\n", n, missing);
    return missing ? 1 : 0;
}
