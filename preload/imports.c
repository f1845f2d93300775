/*
 * preload/imports.c - what modules ask others for, by their dynamic symbols.
 *
 * At start-up and under the loader's lock. Reads the module's own tables in memory: the gABI's dynamic section and GNU's
 * hash table, in which the symbols that a module does not define come first.
 */
#include <elf.h>
#include <stddef.h>

#include "preload/modules.h"

struct tables {
    const ElfW(Sym) * symbols;
    const char *strings;
    const uint32_t *gnu_hash, *hash;
};

/* The loader has made addresses of these; the vdso's are offsets. */
static uintptr_t address(const struct preload_module *m, uintptr_t p)
{
    return p < m->lo ? m->bias + p : p;
}

static bool read_tables(const struct preload_module *m, struct tables *t)
{
    const ElfW(Dyn) *d = NULL;

    *t = (struct tables){ 0 };
    for (unsigned i = 0; i < m->phnum; i++)
        if (m->phdr[i].p_type == PT_DYNAMIC)
            d = (const void *)(m->bias + m->phdr[i].p_vaddr);
    for (; d && d->d_tag != DT_NULL; d++) {
        uintptr_t p = address(m, d->d_un.d_ptr);

        switch (d->d_tag) {
        case DT_SYMTAB: t->symbols = (const void *)p; break;
        case DT_STRTAB: t->strings = (const void *)p; break;
        case DT_GNU_HASH: t->gnu_hash = (const void *)p; break;
        case DT_HASH: t->hash = (const void *)p; break;
        default: break;
        }
    }
    return t->symbols && t->strings && (t->gnu_hash || t->hash);
}

bool preload_imports(const struct preload_module *m, bool (*wanted)(const char *name))
{
    struct tables t;
    uint32_t n;

    if (!read_tables(m, &t))
        return false;
    n = t.gnu_hash ? t.gnu_hash[1] : t.hash[1]; /* the first one defined; all of them */
    for (uint32_t i = 1; i < n; i++)
        if (t.symbols[i].st_shndx == SHN_UNDEF && wanted(t.strings + t.symbols[i].st_name))
            return true;
    return false;
}
