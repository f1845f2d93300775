/*
 * preload/modules.c - the loaded objects, by dl_iterate_phdr(3).
 *
 * Never checked: libc, the loader, the allocator, the vdso, ourselves and what we are linked with. They are known by
 * the addresses of functions they hold, our libraries by name.
 */
#include "preload/modules.h"

#include <elf.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/runtimes.h"
#include "preload/checked.h"
#include "preload/real.h"
#include "preload/select.h"
#include "report/report.h"

#define PAGE 4096UL

struct preload_modules preload_modules;
static struct preload_modules_hints hints; /* written once */

static bool preload_module_holds(const struct preload_module *m, uintptr_t addr)
{
    return addr >= m->lo && addr < m->hi;
}

/* The file's own name is like one of `globs`, which end with NULL. */
static bool preload_module_is_named(const struct preload_module *m, const char *const *globs)
{
    const char *name = base_str_basename(m->path);

    while (*globs && !base_str_glob(*globs, name))
        globs++;
    return *globs != NULL;
}

/* Libraries that are in the process only because of us. */
static bool preload_module_is_ours(const struct preload_module *m)
{
    static const char *const names[] = { "libZydis.so*",    "libZycore.so*", "libunwind.so*",
                                         "libunwind-*.so*", "ld-linux*",     NULL };

    return preload_module_is_named(m, names) ||
           preload_module_holds(m, (uintptr_t)&preload_modules);
}

/* What these order is told of at their entries; what they count among themselves would order more. */
static bool preload_module_is_modelled(const struct preload_module *m)
{
    static const char *const names[] = { "libgomp.so*", "libomp.so*", "libomp-*.so*",
                                         "libiomp5.so*", NULL };

    return preload_module_is_named(m, names);
}

static bool preload_module_is_libc(const struct preload_module *m)
{
    return preload_module_holds(m, (uintptr_t)preload_real.malloc) ||
           preload_module_holds(m, (uintptr_t)preload_real.fork) ||
           preload_module_holds(m, (uintptr_t)preload_real.memcpy) ||
           preload_module_holds(m, (uintptr_t)preload_real.pthread_create) ||
           preload_module_holds(m, (uintptr_t)preload_real.sem_post);
}

/* Of code that calls ThreadSanitizer's interface and does not bring a runtime of its own. */
static bool preload_module_is_init(const char *name)
{
    return name[0] == '_' && base_str_equal(name, "__tsan_init");
}

static void preload_module_decide(struct preload_module *m)
{
    bool standard =
        m->program || !preload_select_is_system(m->path) || base_is_task_runtime(m->path);

    if (!m->program &&
        (preload_module_is_libc(m) || preload_module_is_ours(m) ||
         preload_module_holds(m, hints.loader) || preload_module_holds(m, hints.vdso)))
        return;
    m->compiled = preload_imports(m, preload_module_is_init);
    m->checked = preload_select(base_options.modules, m->path, standard || m->compiled);
    m->sync_only = !m->checked && !m->compiled && base_options.library_atomics &&
                   !preload_module_is_modelled(m);
}

static void preload_module_extent(struct preload_module *m)
{
    unsigned i;

    m->lo = UINTPTR_MAX;
    for (i = 0; i < m->phnum; i++) {
        const ElfW(Phdr) *p = &m->phdr[i];
        uintptr_t lo = m->bias + p->p_vaddr, hi = lo + p->p_memsz;

        if (p->p_type != PT_LOAD)
            continue;
        m->lo = lo < m->lo ? lo & ~(PAGE - 1) : m->lo;
        m->hi = hi > m->hi ? (hi + PAGE - 1) & ~(PAGE - 1) : m->hi;
    }
}

/* The loader frees its own string with the module. */
static const char *preload_module_path(const char *path)
{
    size_t size = base_str_length(path) + 1;
    char *copy = base_arena_alloc(size);

    if (copy)
        base_mem_copy(copy, path, size);
    return copy ? copy : "";
}

static struct preload_module *preload_module_known(const struct dl_phdr_info *info)
{
    unsigned i;

    for (i = 0; i < preload_modules.count; i++) {
        struct preload_module *m = &preload_modules.list[i];

        if (!m->gone && m->bias == info->dlpi_addr && m->phdr == info->dlpi_phdr)
            return m;
    }
    return NULL;
}

static struct preload_module *preload_module_place(void)
{
    unsigned i = 0;

    while (i < preload_modules.count && !preload_modules.list[i].gone)
        i++;
    return i < PRELOAD_MODULES_MAX ? &preload_modules.list[i] : NULL;
}

static int preload_module_found(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct preload_module *m = preload_module_known(info), new = { .seen = true, .fresh = true };

    if (m) {
        m->seen = true;
        return 0;
    }
    m = preload_module_place();
    if (!m)
        return 1;
    new.program = preload_modules.count == 0;
    new.bias = info->dlpi_addr;
    new.phdr = info->dlpi_phdr;
    new.phnum = info->dlpi_phnum;
    preload_module_extent(&new);
    if (new.lo >= new.hi)
        return 0;
    new.path = preload_module_path(new.program ? hints.program : info->dlpi_name);
    *m = new;
    if (m == &preload_modules.list[preload_modules.count])
        __atomic_store_n(&preload_modules.count, preload_modules.count + 1, __ATOMIC_RELEASE);
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

/* What the walk found for the first time. */
static void preload_modules_take(void (*loaded)(struct preload_module *))
{
    unsigned i;

    for (i = 0; i < preload_modules.count; i++) {
        struct preload_module *m = &preload_modules.list[i];

        if (!m->fresh)
            continue;
        m->fresh = false;
        preload_module_decide(m);
        base_log_at(2, "%s: %s%s", m->path,
                    m->checked     ? "checked"
                    : m->sync_only ? "only its atomics"
                                   : "not checked",
                    m->compiled ? ", compiled with -fsanitize=thread" : "");
        if (m->checked)
            preload_module_ranges(m);
        if (loaded)
            loaded(m);
    }
}

void preload_modules_find(const struct preload_modules_hints *from)
{
    hints = *from;
    dl_iterate_phdr(preload_module_found, NULL);
    preload_modules_take(NULL);
}

void preload_modules_update(void (*loaded)(struct preload_module *),
                            void (*unloaded)(struct preload_module *))
{
    unsigned i;

    for (i = 0; i < preload_modules.count; i++)
        preload_modules.list[i].seen = false;
    dl_iterate_phdr(preload_module_found, NULL);
    for (i = 0; i < preload_modules.count; i++) {
        struct preload_module *m = &preload_modules.list[i];

        if (m->seen || m->gone)
            continue;
        preload_checked_remove(m->lo, m->hi);
        unloaded(m);
        m->gone = true;
    }
    preload_modules_take(loaded);
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

void preload_modules_tell(struct preload_module *m)
{
    struct report_module r = { .path = m->path, .base = m->bias, .lo = m->lo, .hi = m->hi };

    struct report_file_facts facts = { 0 };

    preload_module_build_id(m, &r);
    report_module_add(&r);
    if (m->checked)
        report_file_facts(&r, &facts);
    m->debug = facts.debug;
    m->llvm = facts.llvm;
}

const struct preload_module *preload_modules_at(uintptr_t addr)
{
    unsigned i;

    for (i = 0; i < preload_modules.count; i++) {
        if (!preload_modules.list[i].gone && preload_module_holds(&preload_modules.list[i], addr))
            return &preload_modules.list[i];
    }
    return NULL;
}
