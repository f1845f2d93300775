/*
 * preload/facts.c - reads the auxiliary vector, the limits and the mappings. At start-up only, no libc calls.
 */
#include "preload/facts.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/maps.h"
#include "base/mem.h"
#include "base/sys.h"
#include "preload/modules.h"

#define PAGE 4096UL
#define USER_END (1UL << 47)
#define HWCAP2_FSGSBASE 2UL
#define STACK_USUAL (8UL << 20)
#define STACK_MOST (1UL << 30)

static char preload_program[4096];

static void preload_facts_program(struct preload_facts *facts, const char *execfn)
{
    int64_t len = base_sys_readlink("/proc/self/exe", preload_program, sizeof(preload_program) - 1);

    if (len > 0) {
        preload_program[len] = '\0';
        facts->program = preload_program;
    } else {
        facts->program = execfn ? execfn : "";
    }
}

/* proc(5): TracerPid is 0 where nobody traces. It stands well within the first bytes. */
static bool preload_facts_traced(void)
{
    static const char key[] = "\nTracerPid:\t";
    char text[1024];
    int fd = base_sys_open("/proc/self/status", O_RDONLY | O_CLOEXEC, 0);
    int64_t len = fd < 0 ? 0 : base_sys_read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        base_sys_close(fd);
    for (int64_t i = 0; i + (int64_t)sizeof(key) <= len; i++)
        if (base_mem_compare(text + i, key, sizeof(key) - 1) == 0)
            return text[i + (int64_t)sizeof(key) - 1] != '0';
    return false;
}

static uintptr_t preload_facts_stack_limit(bool *unlimited)
{
    struct rlimit limit;

    *unlimited = false;
    if (base_syscall(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&limit, 0, 0) != 0)
        return STACK_USUAL;
    *unlimited = limit.rlim_cur == RLIM_INFINITY;
    return limit.rlim_cur > STACK_MOST ? STACK_MOST : limit.rlim_cur;
}

void preload_facts_read(char **envp, struct preload_facts *facts)
{
    static const char key[] = "SEANCE_OPTIONS=";
    const char *execfn = NULL;
    const ElfW(auxv_t) * aux;

    for (; *envp; envp++) {
        if (base_str_starts(*envp, key))
            facts->options = *envp + sizeof(key) - 1;
    }
    for (aux = (const void *)(envp + 1); aux->a_type != AT_NULL; aux++) {
        switch (aux->a_type) {
        case AT_BASE: facts->loader = aux->a_un.a_val; break;
        case AT_SYSINFO_EHDR: facts->vdso = aux->a_un.a_val; break;
        case AT_EXECFN: execfn = (const char *)aux->a_un.a_val; break;
        case AT_HWCAP2: facts->layout.fsgsbase = aux->a_un.a_val & HWCAP2_FSGSBASE; break;
        default: break;
        }
    }
    /* The strings lie above the vector; the program's name is the last but 8 bytes. */
    facts->layout.stack_hi =
        ((execfn ? (uintptr_t)execfn : (uintptr_t)aux) + 2 * PAGE) & ~(PAGE - 1);
    preload_facts_program(facts, execfn);
    facts->traced = preload_facts_traced();
}

/* Everything above the program that is neither heap nor stack is the mmap area. */
static bool preload_facts_mapping(const struct base_map *map, void *arg)
{
    struct preload_facts *f = arg;
    struct preload_layout_facts *l = &f->layout;

    if (map->lo >= USER_END)
        return false;
    if (map->lo <= f->stack_lo && f->stack_lo < map->hi) {
        l->stack_hi = map->hi;
        return true;
    }
    if ((map->lo >= l->exe_lo && map->hi <= l->exe_hi) || base_str_equal(map->path, "[heap]"))
        return true;
    if (map->lo < l->exe_hi && l->exe_lo < 2 * PRELOAD_LAYOUT_BLOCK)
        return true; /* low addresses have a window anyway */
    l->libs_lo = !l->libs_lo || map->lo < l->libs_lo ? map->lo : l->libs_lo;
    l->libs_hi = map->hi > l->libs_hi ? map->hi : l->libs_hi;
    return true;
}

static void preload_facts_no_proc(struct preload_layout_facts *l)
{
    unsigned i;

    for (i = 1; i < preload_modules.count; i++) {
        const struct preload_module *m = &preload_modules.list[i];

        l->libs_lo = !l->libs_lo || m->lo < l->libs_lo ? m->lo : l->libs_lo;
        l->libs_hi = m->hi > l->libs_hi ? m->hi : l->libs_hi;
    }
}

void preload_facts_mappings(struct preload_facts *facts)
{
    struct preload_layout_facts *l = &facts->layout;
    uintptr_t room = preload_facts_stack_limit(&l->upwards);

    if (preload_modules.count) {
        l->exe_lo = preload_modules.list[0].lo;
        l->exe_hi = preload_modules.list[0].hi;
    }
    l->brk = (uintptr_t)base_syscall(SYS_brk, 0, 0, 0, 0, 0, 0);
    facts->stack_lo = (uintptr_t)__builtin_frame_address(0); /* which mapping the stack is */
    if (base_maps_each(preload_facts_mapping, facts) != 0)
        preload_facts_no_proc(l);
    facts->stack_lo = l->stack_hi > room ? l->stack_hi - room : 0;
}
