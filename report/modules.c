/*
 * report/modules.c - see report/modules.h.
 *
 * An append-only array: `count` is raised with release after the row is written, so readers take no lock;
 * writers hold `lock`. Unwind tables come from the program headers of the modules we were told of; for others from
 * the loader's own lock-free lookup (_dl_find_object, glibc 2.35).
 */
#include "report/modules.h"

#include <elf.h>
#include <dlfcn.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/x86_64/vector.h"

enum { MODULES = 4096 };

static struct report_module *modules[MODULES]; /* [0, count) are written */
static unsigned count;
static struct base_lock lock = BASE_LOCK_INIT; /* guards appending */
static uintptr_t own_lo, own_hi;               /* written once at start-up */

#pragma weak _dl_find_object

/* Loaded again at the place where it was. */
static bool comes_again(const struct report_module *m)
{
    for (unsigned i = 0; i < count; i++) {
        struct report_module *old = modules[i];

        if (old->gone && old->base == m->base && old->hi == m->hi &&
            base_str_equal(old->path, m->path) &&
            base_mem_compare(old->build_id, m->build_id, sizeof old->build_id) == 0) {
            __atomic_store_n(&old->gone, false, __ATOMIC_RELEASE);
            return true;
        }
    }
    return false;
}

void report_modules_leave(uintptr_t lo, uintptr_t hi)
{
    for (unsigned i = 0; i < count; i++)
        if (modules[i]->lo >= lo && modules[i]->hi <= hi)
            __atomic_store_n(&modules[i]->gone, true, __ATOMIC_RELEASE);
}

bool report_modules_put(const struct report_module *m)
{
    size_t len = base_str_length(m->path) + 1;
    struct report_module *copy = comes_again(m) ? NULL : base_arena_alloc(sizeof *copy + len);
    bool fits = false;

    if (!copy)
        return false;
    *copy = *m;
    base_mem_copy(copy + 1, m->path, len);
    copy->path = (const char *)(copy + 1);
    base_lock_acquire(&lock);
    if (count < MODULES) {
        modules[count] = copy;
        __atomic_store_n(&count, count + 1, __ATOMIC_RELEASE); /* report_modules_count() */
        fits = true;
    }
    base_lock_release(&lock);
    return fits;
}

unsigned report_modules_count(void)
{
    return __atomic_load_n(&count, __ATOMIC_ACQUIRE); /* report_modules_put() */
}

const struct report_module *report_modules_at(unsigned i)
{
    return modules[i];
}

const struct report_module *report_modules_find(uintptr_t pc)
{
    const struct report_module *was = NULL;

    for (unsigned i = report_modules_count(); i-- > 0;) {
        if (pc < modules[i]->lo || pc >= modules[i]->hi)
            continue;
        if (!__atomic_load_n(&modules[i]->gone, __ATOMIC_RELAXED))
            return modules[i];
        was = was ? was : modules[i];
    }
    return was;
}

static const void *from_headers(uintptr_t pc)
{
    const struct report_module *m = report_modules_find(pc);
    const Elf64_Ehdr *ehdr;
    const Elf64_Phdr *phdr;

    if (!m || __atomic_load_n(&m->gone, __ATOMIC_ACQUIRE))
        return NULL;
    ehdr = (const Elf64_Ehdr *)m->lo;
    if (base_mem_compare(ehdr->e_ident, ELFMAG, SELFMAG) != 0)
        return NULL;
    phdr = (const Elf64_Phdr *)(m->lo + ehdr->e_phoff);
    for (unsigned i = 0; i < ehdr->e_phnum; i++) {
        if (phdr[i].p_type == PT_GNU_EH_FRAME)
            return (const void *)(m->base + phdr[i].p_vaddr);
    }
    return NULL;
}

const void *report_modules_eh_frame_hdr(uintptr_t pc)
{
    const void *hdr = from_headers(pc);
    struct dl_find_object found;
    struct base_vector vector;

    if (hdr || !_dl_find_object)
        return hdr;
    base_vector_save(&vector); /* foreign code on the cold path */
    hdr = _dl_find_object((void *)pc, &found) == 0 ? found.dlfo_eh_frame : NULL;
    base_vector_restore(&vector);
    return hdr;
}

/* Where the linker put this object: libseance.so, as this file is part of it. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

/* Only a program names an interpreter: a test that is linked with this file shows its own frames. */
static bool is_program(void)
{
    const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)__ehdr_start;
    const Elf64_Phdr *phdr = (const Elf64_Phdr *)(__ehdr_start + ehdr->e_phoff);

    for (unsigned i = 0; i < ehdr->e_phnum; i++) {
        if (phdr[i].p_type == PT_INTERP)
            return true;
    }
    return false;
}

void report_modules_hide_own(void)
{
    if (is_program())
        return;
    own_lo = (uintptr_t)__ehdr_start;
    own_hi = (uintptr_t)_end;
}

bool report_modules_own(uintptr_t pc)
{
    return pc >= own_lo && pc < own_hi;
}
