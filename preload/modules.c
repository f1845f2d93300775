/*
 * preload/modules.c - the loaded objects, by dl_iterate_phdr(3). At start-up only.
 *
 * Never checked: libc, the loader, the allocator, the vdso, ourselves and what we are linked with. They are known by
 * the addresses of functions they hold, our libraries by name.
 */
#include "preload/modules.h"

#include <elf.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "preload/checked.h"
#include "preload/real.h"
#include "preload/select.h"
#include "report/report.h"

#define PAGE 4096UL

struct preload_modules preload_modules;

static bool preload_module_holds(const struct preload_module *m, uintptr_t addr)
{
    return addr >= m->lo && addr < m->hi;
}

/* Libraries that are in the process only because of us. */
static bool preload_module_is_ours(const struct preload_module *m)
{
    static const char *const names[] = { "libZydis.so*", "libZycore.so*", "libunwind.so*",
                                         "libunwind-*.so*", "ld-linux*" };
    const char *name = base_str_basename(m->path);
    unsigned i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (base_str_glob(names[i], name))
            return true;
    }
    return preload_module_holds(m, (uintptr_t)&preload_modules);
}

static bool preload_module_is_libc(const struct preload_module *m)
{
    return preload_module_holds(m, (uintptr_t)preload_real.malloc) ||
           preload_module_holds(m, (uintptr_t)preload_real.fork) ||
           preload_module_holds(m, (uintptr_t)preload_real.memcpy) ||
           preload_module_holds(m, (uintptr_t)preload_real.pthread_create) ||
           preload_module_holds(m, (uintptr_t)preload_real.sem_post);
}

static void preload_module_decide(struct preload_module *m,
                                  const struct preload_modules_hints *hints)
{
    bool standard = m->program || !preload_select_is_system(m->path);

    if (!m->program &&
        (preload_module_is_libc(m) || preload_module_is_ours(m) ||
         preload_module_holds(m, hints->loader) || preload_module_holds(m, hints->vdso)))
        return;
    m->checked = preload_select(base_options.modules, m->path, standard);
}

static int preload_module_found(struct dl_phdr_info *info, size_t size, void *arg)
{
    const struct preload_modules_hints *hints = arg;
    struct preload_module *m;
    unsigned i;

    if (preload_modules.count == PRELOAD_MODULES_MAX)
        return 1;
    m = &preload_modules.list[preload_modules.count];
    m->program = preload_modules.count == 0;
    m->path = m->program ? hints->program : info->dlpi_name;
    m->bias = info->dlpi_addr;
    m->phdr = info->dlpi_phdr;
    m->phnum = info->dlpi_phnum;
    m->lo = UINTPTR_MAX;
    for (i = 0; i < m->phnum; i++) {
        const ElfW(Phdr) *p = &m->phdr[i];
        uintptr_t lo = m->bias + p->p_vaddr, hi = lo + p->p_memsz;

        if (p->p_type != PT_LOAD)
            continue;
        m->lo = lo < m->lo ? lo & ~(PAGE - 1) : m->lo;
        m->hi = hi > m->hi ? (hi + PAGE - 1) & ~(PAGE - 1) : m->hi;
    }
    if (m->lo < m->hi)
        preload_modules.count++;
    return 0;
}

/* Executable parts of a checked module, for the wrappers' look at their callers. */
static void preload_module_ranges(const struct preload_module *m)
{
    unsigned i;

    for (i = 0; i < m->phnum; i++) {
        const ElfW(Phdr) *p = &m->phdr[i];
        uintptr_t lo = m->bias + p->p_vaddr;

        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) &&
            !preload_checked_add(lo, lo + p->p_memsz))
            base_log_at(1, "%s: calls from here are not checked, the table is full", m->path);
    }
}

void preload_modules_find(const struct preload_modules_hints *hints)
{
    unsigned i;

    dl_iterate_phdr(preload_module_found, (void *)hints);
    for (i = 0; i < preload_modules.count; i++) {
        preload_module_decide(&preload_modules.list[i], hints);
        base_log_at(2, "%s: %s", preload_modules.list[i].path,
                    preload_modules.list[i].checked ? "checked" : "not checked");
        if (preload_modules.list[i].checked)
            preload_module_ranges(&preload_modules.list[i]);
    }
}

/* The GNU build-id note (gABI, "Note Section"). */
static void preload_module_build_id(const struct preload_module *m, struct report_module *r)
{
    unsigned i;

    for (i = 0; i < m->phnum && !r->build_id_len; i++) {
        const ElfW(Phdr) *p = &m->phdr[i];
        uintptr_t at = m->bias + p->p_vaddr, end = at + p->p_memsz;

        if (p->p_type != PT_NOTE || p->p_align > 8)
            continue;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *n = (const void *)at;
            uintptr_t align = p->p_align == 8 ? 7 : 3;
            uintptr_t desc = at + sizeof(*n) + ((n->n_namesz + align) & ~align);
            uintptr_t next = desc + ((n->n_descsz + align) & ~align);

            if (next > end || next <= at)
                break;
            if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 &&
                base_mem_compare(n + 1, "GNU", 4) == 0 && n->n_descsz <= sizeof(r->build_id)) {
                base_mem_copy(r->build_id, (const void *)desc, n->n_descsz);
                r->build_id_len = (uint8_t)n->n_descsz;
                break;
            }
            at = next;
        }
    }
}

void preload_modules_tell(void)
{
    unsigned i;

    for (i = 0; i < preload_modules.count; i++) {
        const struct preload_module *m = &preload_modules.list[i];
        struct report_module r = { .path = m->path, .base = m->bias, .lo = m->lo, .hi = m->hi };

        preload_module_build_id(m, &r);
        report_module_add(&r);
    }
}

const struct preload_module *preload_modules_at(uintptr_t addr)
{
    unsigned i;

    for (i = 0; i < preload_modules.count; i++) {
        if (preload_module_holds(&preload_modules.list[i], addr))
            return &preload_modules.list[i];
    }
    return NULL;
}
