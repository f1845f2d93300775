/*
 * report/render/variables.c - see variables.h.
 *
 * The variables of a module with an address of their own (DW_OP_addr) are listed once, sorted by address: static
 * locals and members too, so the walk goes into functions and namespaces, but not into types.
 */
#include "report/render/variables.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/instruction.h"
#include "report/render/symbols.h"
#include "report/render/types.h"

enum { DEEPEST = 24 };

struct variable {
    uint64_t addr, size; /* in the process */
    Dwarf_Die die, type;
};

struct index {
    struct variable *all;
    size_t count, room;
};

static void add(struct index *x, Dwarf_Die *die, Dwarf_Addr bias)
{
    struct variable v = { .die = *die };
    Dwarf_Word size;
    Dwarf_Addr addr;

    if (!render_type_address(die, &addr) || !render_type_of(die, &v.type) ||
        dwarf_aggregate_size(&v.type, &size) != 0)
        return;
    v.addr = addr + bias;
    v.size = size;
    if (x->count == x->room) {
        size_t room = x->room ? 2 * x->room : 256;
        struct variable *grown = realloc(x->all, room * sizeof *grown);

        if (!grown)
            return;
        x->all = grown;
        x->room = room;
    }
    x->all[x->count++] = v;
}

static void list(struct index *x, Dwarf_Die *parent, Dwarf_Addr bias, unsigned depth)
{
    Dwarf_Die child;
    int more = depth < DEEPEST ? dwarf_child(parent, &child) : 1;

    for (; more == 0; more = dwarf_siblingof(&child, &child)) {
        switch (dwarf_tag(&child)) {
        case DW_TAG_variable: add(x, &child, bias); break;
        case DW_TAG_subprogram:
        case DW_TAG_lexical_block:
        case DW_TAG_inlined_subroutine:
        case DW_TAG_namespace:
        case DW_TAG_module: list(x, &child, bias, depth + 1); break;
        default: break;
        }
    }
}

static int by_address(const void *a, const void *b)
{
    const struct variable *va = a, *vb = b;

    return va->addr < vb->addr ? -1 : va->addr > vb->addr;
}

static struct index *index_of(struct render_module *m)
{
    struct index *x = m->variables;
    Dwarf_Addr bias;
    Dwarf_Die *cu = NULL;

    if (x)
        return x;
    x = m->variables = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    while ((cu = dwfl_module_nextcu(m->mod, cu, &bias)))
        list(x, cu, bias, 0);
    qsort(x->all, x->count, sizeof *x->all, by_address);
    return x;
}

static const struct variable *find(const struct index *x, uint64_t addr)
{
    size_t low = 0, high = x->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (x->all[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    for (unsigned i = 0; i < 4 && low > 0; i++, low--) { /* aliases share an address */
        if (addr - x->all[low - 1].addr < x->all[low - 1].size)
            return &x->all[low - 1];
    }
    return NULL;
}

struct query {
    struct render_module *m;
    uint64_t addr, pc;
    uint32_t size;
    struct render_location *l;
};

static void declared(Dwarf_Die *die, struct render_location *l)
{
    Dwarf_Attribute attr;
    Dwarf_Word number;
    Dwarf_Files *files;
    Dwarf_Die cu;
    const char *source;
    size_t count;

    if (dwarf_attr_integrate(die, DW_AT_decl_line, &attr) && dwarf_formudata(&attr, &number) == 0)
        l->line = (unsigned)number;
    if (!dwarf_attr_integrate(die, DW_AT_decl_file, &attr) ||
        dwarf_formudata(&attr, &number) != 0 || !dwarf_diecu(die, &cu, NULL, NULL) ||
        dwarf_getsrcfiles(&cu, &files, &count) != 0)
        return;
    source = dwarf_filesrc(files, number, NULL, NULL);
    if (source)
        l->file = render_short_path(&cu, source);
}

static void global(void *arg)
{
    struct query *q = arg;
    struct index *x = index_of(q->m);
    const struct variable *v = x ? find(x, q->addr) : NULL;
    uint64_t start = 0, size = 0;
    const char *name = NULL;

    if (v) {
        Dwarf_Die die = v->die, type = v->type;

        Dwarf_Attribute attr;

        name = dwarf_attr_integrate(&die, DW_AT_linkage_name, &attr) ? dwarf_formstring(&attr)
                                                                     : dwarf_diename(&die);
        if (!name)
            name = dwarf_diename(&die);
        start = v->addr;
        size = v->size;
        q->l->field = render_type_path(&type, q->addr - start, &q->l->qualifiers);
        declared(&die, q->l);
    } else {
        name = render_symbols_elf(q->m, q->addr, &start, &size);
        if (name && size && q->addr - start >= size)
            name = NULL; /* only near it */
    }
    strcpy(q->l->type, "global");
    if (!name)
        return;
    q->l->name = render_demangle(name);
    q->l->start = start;
    q->l->block_size = size;
    q->l->block_offset = q->addr - start;
}

void render_variable_global(uint64_t addr, uint32_t size, struct render_location *l)
{
    struct query q = { .m = render_modules_find(addr), .addr = addr, .size = size, .l = l };

    if (!q.m)
        return;
    strcpy(l->type, "global");
    if (render_module_open(q.m) && !render_guard(global, &q))
        q.m->bad = true;
}

/* ---- members through the instruction's base register --------------------------------------------------- */

/* True if the variable is in DWARF register reg at pc. */
static bool lives_in(Dwarf_Die *var, Dwarf_Addr pc, unsigned reg)
{
    Dwarf_Attribute attr;
    Dwarf_Op *ops;
    size_t count;

    if (!dwarf_attr_integrate(var, DW_AT_location, &attr) ||
        dwarf_getlocation_addr(&attr, pc, &ops, &count, 1) != 1 || count == 0)
        return false;
    /* A value known at entry only (DW_OP_entry_value) is an expression and does not match. */
    return (ops[0].atom == DW_OP_reg0 + reg ||
            (ops[0].atom == DW_OP_regx && ops[0].number == reg)) &&
           count == 1;
}

static bool points_to(Dwarf_Die *var, Dwarf_Die *target)
{
    Dwarf_Die type;
    struct render_qualifiers ignored;
    int tag;

    if (!render_type_of(var, &type) || !render_type_peel(&type, &ignored))
        return false;
    tag = dwarf_tag(&type);
    return (tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type) &&
           render_type_of(&type, target);
}

static bool member_of_scope(struct query *q, Dwarf_Die *scope, Dwarf_Addr pc,
                            const struct render_operand *o)
{
    Dwarf_Die child, target;
    Dwarf_Word size;
    int more = dwarf_child(scope, &child);

    for (; more == 0; more = dwarf_siblingof(&child, &child)) {
        int tag = dwarf_tag(&child);

        if ((tag != DW_TAG_variable && tag != DW_TAG_formal_parameter) ||
            !lives_in(&child, pc, o->base) || !points_to(&child, &target))
            continue;
        if (dwarf_aggregate_size(&target, &size) != 0 || o->displacement < 0 ||
            (uint64_t)o->displacement >= size)
            continue;
        q->l->field = render_type_path(&target, (uint64_t)o->displacement, &q->l->qualifiers);
        return q->l->field != NULL;
    }
    return false;
}

static void member(void *arg)
{
    struct query *q = arg;
    struct render_operand operand;
    Dwarf_Addr bias;
    Dwarf_Die *cu = render_symbols_unit(q->m, q->pc, &bias), *scopes;
    int count;

    if (!cu || !render_instruction_operand(q->m, q->pc, &operand))
        return;
    count = dwarf_getscopes(cu, q->pc - bias, &scopes);
    for (int i = 0; i < count; i++) {
        if (member_of_scope(q, &scopes[i], q->pc - bias, &operand))
            break;
    }
    if (count > 0)
        free(scopes);
}

void render_variable_member(uint64_t pc, uint32_t size, struct render_location *l)
{
    struct query q = { .m = render_modules_find(pc), .pc = pc, .size = size, .l = l };

    if (q.m && !l->field && render_module_open(q.m) && !render_guard(member, &q))
        q.m->bad = true;
}
