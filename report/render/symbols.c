/*
 * report/render/symbols.c - modules and frames, see symbols.h.
 *
 * A leaf pc is the instruction itself and looked up exactly; a caller's pc is a return address, which may
 * already belong to the next line or function, and is looked up one byte lower.
 */
#include "report/render/symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/tailcalls.h"

static struct render_module **modules;
static unsigned nmodules;

void render_modules_add(const char *path, const char *build_id, uint64_t base, uint64_t lo,
                        uint64_t hi)
{
    struct render_module *m = calloc(1, sizeof *m);
    struct render_module **grown = realloc(modules, (nmodules + 1) * sizeof *grown);

    if (!m || !grown)
        _Exit(1);
    modules = grown;
    *m = (struct render_module){ .base = base, .lo = lo, .hi = hi };
    m->path = render_copy(path);
    m->build_id = render_copy(build_id);
    modules[nmodules++] = m;
}

struct render_module *render_modules_find(uint64_t addr)
{
    for (unsigned i = nmodules;
         i-- > 0;) { /* the newest first: addresses are reused after dlclose */
        if (addr >= modules[i]->lo && addr < modules[i]->hi)
            return modules[i];
    }
    return NULL;
}

void render_module_build_id(struct render_module *m, char hex[2 * RENDER_BUILD_ID + 1])
{
    const unsigned char *bits;
    GElf_Addr at;
    int length = dwfl_module_build_id(m->mod, &bits, &at);

    hex[0] = '\0';
    for (int i = 0; i < length && i < RENDER_BUILD_ID; i++)
        snprintf(hex + 2 * i, 3, "%02x", bits[i]);
}

/* Another file than the one that ran would give wrong lines: worse than none. */
static bool same_build(struct render_module *m)
{
    char hex[2 * RENDER_BUILD_ID + 1];

    render_module_build_id(m, hex);
    return m->build_id[0] == '\0' || hex[0] == '\0' ||
           strncmp(hex, m->build_id, strlen(m->build_id)) == 0;
}

static void open_module(void *arg)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
    };
    struct render_module *m = arg;
    Dwarf_Addr bias;
    GElf_Addr elf_bias;
    Dwfl *dwfl = dwfl_begin(&callbacks);

    if (!dwfl)
        return;
    dwfl_report_begin(dwfl);
    m->mod = dwfl_report_elf(dwfl, m->path, m->path, -1, m->base, true);
    dwfl_report_end(dwfl, NULL, NULL);
    if (m->mod && dwfl_module_getelf(m->mod, &elf_bias) && same_build(m)) {
        dwfl_module_getdwarf(m->mod, &bias);
        m->dwfl = dwfl;
    }
}

bool render_module_open(struct render_module *m)
{
    if (!m->tried) {
        m->tried = true;
        m->bad = !render_guard(open_module, m);
    }
    return m->dwfl && !m->bad;
}

const char *render_symbols_elf(struct render_module *m, uint64_t addr, uint64_t *start,
                               uint64_t *size)
{
    GElf_Off offset;
    GElf_Sym sym;
    const char *name;

    if (!render_module_open(m))
        return NULL;
    name = dwfl_module_addrinfo(m->mod, addr, &offset, &sym, NULL, NULL, NULL);
    if (!name)
        return NULL;
    *start = addr - offset;
    *size = sym.st_size;
    return name;
}

/* ---- one pc ------------------------------------------------------------------------------------------ */

struct lookup {
    struct render_module *m;
    uint64_t pc;
    char *inner; /* the function that this place called; NULL: unknown */
    struct render_frame frames[RENDER_FRAMES];
    unsigned count;
};

static struct render_frame *add_frame(struct lookup *l)
{
    struct render_frame *f = &l->frames[l->count];

    if (l->count == RENDER_FRAMES)
        return NULL;
    l->count++;
    *f = (struct render_frame){ .pc = l->pc };
    if (l->m) {
        f->module = render_copy(l->m->path);
        f->build_id = render_copy(l->m->build_id);
        f->offset = l->pc - l->m->base;
    }
    return f;
}

static const char *linkage_name(Dwarf_Die *die)
{
    Dwarf_Attribute attr;
    const char *name = NULL;

    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attr) ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr))
        name = dwarf_formstring(&attr);
    return name ? name : dwarf_diename(die);
}

char *render_die_name(Dwarf_Die *function)
{
    const char *name = linkage_name(function);

    return name ? render_demangle(name) : NULL;
}

static const char *compilation_directory(Dwarf_Die *cu)
{
    Dwarf_Attribute attr;

    return dwarf_attr(cu, DW_AT_comp_dir, &attr) ? dwarf_formstring(&attr) : NULL;
}

char *render_source_path(Dwarf_Die *cu, const char *source)
{
    const char *dir = source[0] == '/' ? NULL : compilation_directory(cu);

    return dir ? render_print("%s/%s", dir, source) : render_copy(source);
}

char *render_short_path(Dwarf_Die *cu, const char *source)
{
    const char *dir = compilation_directory(cu);
    size_t len = dir ? strlen(dir) : 0;

    if (len && strncmp(source, dir, len) == 0 && source[len] == '/')
        source += len + 1; /* libdw completes the name by that directory */
    while (strncmp(source, "./", 2) == 0)
        source += 2;
    return render_copy(source);
}

static void set_place(struct render_frame *f, Dwarf_Die *cu, const char *source, int line,
                      int column)
{
    if (!f || !source)
        return;
    f->path = render_source_path(cu, source);
    f->file = render_short_path(cu, source);
    f->line = line > 0 ? (unsigned)line : 0;
    f->column = column > 0 ? (unsigned)column : 0;
    f->covered = true;
}

struct place {
    const char *source;
    int line, column;
};

static struct place place_of_pc(Dwarf_Die *cu, Dwarf_Addr pc)
{
    Dwarf_Line *line = dwarf_getsrc_die(cu, pc);
    struct place p = { NULL, 0, 0 };

    if (!line)
        return p;
    p.source = dwarf_linesrc(line, NULL, NULL);
    dwarf_lineno(line, &p.line);
    dwarf_linecol(line, &p.column);
    return p;
}

static int number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attr;
    Dwarf_Word value;

    if (!dwarf_attr(die, name, &attr) || dwarf_formudata(&attr, &value) != 0)
        return 0;
    return (int)value;
}

/* Where the inlined function was called. */
static struct place place_of_call(Dwarf_Die *cu, Dwarf_Die *inlined)
{
    struct place p = { NULL, number_of(inlined, DW_AT_call_line),
                       number_of(inlined, DW_AT_call_column) };
    Dwarf_Files *files;
    size_t count;

    if (dwarf_getsrcfiles(cu, &files, &count) == 0)
        p.source = dwarf_filesrc(files, (size_t)number_of(inlined, DW_AT_call_file), NULL, NULL);
    return p;
}

/* The DIEs around pc as they nest in the code, innermost first; *scopes is to be freed. */
static int nesting(Dwarf_Die *cu, Dwarf_Addr pc, Dwarf_Die **scopes)
{
    Dwarf_Die *lexical;
    int count = dwarf_getscopes(cu, pc, &lexical);

    if (count <= 0)
        return 0;
    count = dwarf_getscopes_die(&lexical[0], scopes);
    free(lexical);
    return count;
}

/* Functions that jumped on instead of calling, between this place and what it called. */
static void add_tail_calls(struct lookup *l, Dwarf_Die *cu, Dwarf_Addr bias)
{
    struct render_tail tails[RENDER_TAILS];
    unsigned count = render_tail_calls(cu, l->pc - bias, l->inner, tails);

    for (unsigned i = 0; i < count; i++) {
        struct place p = place_of_pc(cu, tails[i].pc);
        struct render_frame *f = add_frame(l);

        if (!f)
            break;
        f->pc = tails[i].pc + bias;
        f->offset = f->pc - l->m->base;
        f->function = render_die_name(&tails[i].function);
        set_place(f, cu, p.source, p.line, p.column);
    }
}

static void with_debug(struct lookup *l, Dwarf_Die *cu, Dwarf_Addr bias)
{
    struct place p = place_of_pc(cu, l->pc - bias);
    Dwarf_Die *scopes = NULL;
    int count = nesting(cu, l->pc - bias, &scopes);

    add_tail_calls(l, cu, bias);
    for (int i = 0; i < count; i++) {
        int tag = dwarf_tag(&scopes[i]);
        struct render_frame *f;

        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        f = add_frame(l);
        if (!f)
            break;
        f->function = render_die_name(&scopes[i]);
        f->inlined = tag == DW_TAG_inlined_subroutine;
        set_place(f, cu, p.source, p.line, p.column);
        if (tag == DW_TAG_subprogram)
            break;
        p = place_of_call(cu, &scopes[i]);
    }
    free(scopes);
    if (l->count == 0 && p.source)
        set_place(add_frame(l), cu, p.source, p.line, p.column);
}

Dwarf_Die *render_symbols_unit(struct render_module *m, uint64_t pc, Dwarf_Addr *bias)
{
    Dwarf_Die *cu = dwfl_module_addrdie(m->mod, pc, bias), *listed;

    if (cu)
        return cu;
    if (m->unit && dwarf_haspc(m->unit, pc - m->unit_bias) == 1) {
        *bias = m->unit_bias;
        return m->unit;
    }
    for (listed = dwfl_module_nextcu(m->mod, NULL, bias); listed;
         listed = dwfl_module_nextcu(m->mod, listed, bias)) {
        if (dwarf_haspc(listed, pc - *bias) == 1) {
            m->unit = listed;
            m->unit_bias = *bias;
            return listed;
        }
    }
    return NULL;
}

static void look_up(void *arg)
{
    struct lookup *l = arg;
    Dwarf_Addr bias;
    Dwarf_Die *cu = render_symbols_unit(l->m, l->pc, &bias);
    struct render_frame *outer;
    uint64_t start, size;
    const char *name;

    if (cu)
        with_debug(l, cu, bias);
    outer = l->count ? &l->frames[l->count - 1] : add_frame(l);
    name = render_symbols_elf(l->m, l->pc, &start, &size);
    if (outer && !outer->function && name)
        outer->function = render_demangle(name);
}

static void one_pc(uint64_t pc, struct lookup *l)
{
    l->count = 0;
    l->pc = pc;
    l->m = render_modules_find(pc);
    if (l->m && render_module_open(l->m) && !render_guard(look_up, l)) {
        l->m->bad = true;
        l->count = 0;
    }
    if (l->count == 0)
        add_frame(l);
    free(l->inner);
    l->inner =
        l->frames[l->count - 1].function ? render_copy(l->frames[l->count - 1].function) : NULL;
    for (unsigned i = 0; i < l->count; i++) {
        l->frames[i].atomic =
            l->frames[i].function && render_is_atomic_function(l->frames[i].function);
        l->frames[i].helper =
            l->frames[i].function && render_is_lock_function(l->frames[i].function);
    }
}

void render_symbols_stack(const uint64_t *pcs, unsigned count, bool exact, struct render_stack *out)
{
    static struct lookup l;

    *out = (struct render_stack){ NULL, 0 };
    free(l.inner);
    l.inner = NULL;
    for (unsigned i = 0; i < count; i++) {
        struct render_frame *grown;

        one_pc(pcs[i] - (i > 0 && !exact), &l);
        grown = realloc(out->frames, (out->count + l.count) * sizeof *grown);
        if (!grown)
            _Exit(1);
        memcpy(grown + out->count, l.frames, l.count * sizeof *grown);
        out->frames = grown;
        out->count += l.count;
    }
}
