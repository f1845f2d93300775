/*
 * preload/modules.h - what is loaded, and which of it is checked.
 *
 * Filled by preload_modules_find() with one thread; later changed by the thread that holds the loader's lock.
 */
#ifndef PRELOAD_MODULES_H
#define PRELOAD_MODULES_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#define PRELOAD_MODULES_MAX 1024

struct preload_module {
    const char *path;
    uintptr_t bias, lo, hi; /* load bias; pages [lo, hi) */
    const ElfW(Phdr) * phdr;
    unsigned phnum;
    bool program;
    bool checked;     /* its plain accesses are to be checked */
    bool sync_only;   /* only its LOCK and XCHG instructions: they order what checked modules do */
    bool compiled;    /* with -fsanitize=thread: it calls in for its accesses */
    bool debug, llvm; /* of those that are checked; struct report_file_facts */
    bool rewritten;
    bool asked;      /* what is atomic in it; see atomics.h */
    bool seen;       /* by the present walk over the loader's list */
    bool fresh;      /* found, and not dealt with yet */
    bool gone;       /* unloaded: its place is free */
    uint32_t number; /* rewrite/'s, if rewritten */
};

struct preload_modules {
    unsigned count;
    struct preload_module list[PRELOAD_MODULES_MAX];
};

extern struct preload_modules preload_modules __attribute__((visibility("hidden")));

/* What start.c knows from the kernel. */
struct preload_modules_hints {
    const char *program; /* path of the executable */
    uintptr_t loader;    /* AT_BASE; 0: not known */
    uintptr_t vdso;      /* AT_SYSINFO_EHDR; 0: none */
};

/* Lists what is loaded and decides, by the option `modules`, what is checked. */
void preload_modules_find(const struct preload_modules_hints *hints);
/* Tells report/ about one, and asks what its file says. */
void preload_modules_tell(struct preload_module *m);
/* Under the loader's lock: looks what was loaded and unloaded since; both are called for each such module. */
void preload_modules_update(void (*loaded)(struct preload_module *),
                            void (*unloaded)(struct preload_module *));
/* True if the module uses a symbol so named that it does not define (imports.c). */
bool preload_imports(const struct preload_module *m, bool (*wanted)(const char *name));
/* The one that holds this address, or NULL. */
const struct preload_module *preload_modules_at(uintptr_t addr);

#endif
