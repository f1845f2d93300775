/*
 * report/render/tailcalls.c - see tailcalls.h.
 *
 * An optimising compiler turns `look() { ... return memcpy(...); }` into a jump, so the stack shows look's caller as
 * if it had called memcpy. DWARF 5 (3.4) lists the calls of a function: the one that returns to this address names
 * look, and look's tail calls say whether memcpy can be reached from there. Only an unambiguous way is shown.
 */
#include "report/render/tailcalls.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/symbols.h"

enum { DEEPEST = 16, SITES = 64 };

struct sites {
    Dwarf_Die all[SITES];
    unsigned count;
};

static bool is_site(Dwarf_Die *die)
{
    int tag = dwarf_tag(die);

    return tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site;
}

/* The address after the call. */
static bool return_pc(Dwarf_Die *site, Dwarf_Addr *pc)
{
    Dwarf_Attribute attr;

    return (dwarf_attr(site, DW_AT_call_return_pc, &attr) ||
            dwarf_attr(site, DW_AT_low_pc, &attr)) &&
           dwarf_formaddr(&attr, pc) == 0;
}

static bool is_tail(Dwarf_Die *site)
{
    Dwarf_Attribute attr;
    bool flag = false;

    return (dwarf_attr(site, DW_AT_call_tail_call, &attr) ||
            dwarf_attr(site, DW_AT_GNU_tail_call, &attr)) &&
           dwarf_formflag(&attr, &flag) == 0 && flag;
}

static bool callee(Dwarf_Die *site, Dwarf_Die *function)
{
    Dwarf_Attribute attr;

    return (dwarf_attr(site, DW_AT_call_origin, &attr) ||
            dwarf_attr(site, DW_AT_abstract_origin, &attr)) &&
           dwarf_formref_die(&attr, function);
}

/* Call sites of a function, those of its blocks and inlined functions included. */
static void collect(Dwarf_Die *parent, struct sites *s, unsigned depth)
{
    Dwarf_Die child;
    int more = depth < DEEPEST ? dwarf_child(parent, &child) : 1;

    for (; more == 0; more = dwarf_siblingof(&child, &child)) {
        int tag = dwarf_tag(&child);

        if (is_site(&child) && s->count < SITES)
            s->all[s->count++] = child;
        else if (tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine)
            collect(&child, s, depth + 1);
    }
}

/* From an abstract instance to the code; false where the function has none in this unit. */
static bool with_code(Dwarf_Die *cu, Dwarf_Die *function)
{
    Dwarf_Die child, origin;
    Dwarf_Attribute attr;
    Dwarf_Addr pc;
    int more;

    if (dwarf_lowpc(function, &pc) == 0)
        return true;
    for (more = dwarf_child(cu, &child); more == 0; more = dwarf_siblingof(&child, &child)) {
        if (dwarf_tag(&child) == DW_TAG_subprogram &&
            dwarf_attr(&child, DW_AT_abstract_origin, &attr) && dwarf_formref_die(&attr, &origin) &&
            dwarf_dieoffset(&origin) == dwarf_dieoffset(function) &&
            dwarf_lowpc(&child, &pc) == 0) {
            *function = child;
            return true;
        }
    }
    return false;
}

static bool is_named(Dwarf_Die *function, const char *name)
{
    char *own = render_die_name(function);
    bool same = own && strcmp(own, name) == 0;

    free(own);
    return same;
}

/* Fills out[0..] with the way from `from` (outermost) to inner, outermost first; 0: none, or more than one. */
static unsigned way(Dwarf_Die *cu, Dwarf_Die from, const char *inner, struct render_tail *out,
                    unsigned room)
{
    struct sites *s = calloc(1, sizeof *s);
    unsigned ways = 0, length = 0;

    if (s && room > 0)
        collect(&from, s, 0);
    for (unsigned i = 0; s && i < s->count; i++) {
        struct render_tail rest[RENDER_TAILS];
        Dwarf_Die next;
        Dwarf_Addr pc;
        unsigned more = 0;
        bool reached;

        if (!is_tail(&s->all[i]) || !callee(&s->all[i], &next) || !return_pc(&s->all[i], &pc))
            continue;
        reached = inner ? is_named(&next, inner) : !with_code(cu, &next);
        if (!reached && with_code(cu, &next))
            more = way(cu, next, inner, rest, room - 1);
        if (!reached && more == 0)
            continue;
        ways++;
        length = 1 + more;
        out[0] = (struct render_tail){ from, pc - 1 };
        memcpy(out + 1, rest, more * sizeof *rest);
    }
    free(s);
    return ways == 1 ? length : 0;
}

unsigned render_tail_calls(Dwarf_Die *cu, Dwarf_Addr pc, const char *inner, struct render_tail *out)
{
    struct render_tail outer_first[RENDER_TAILS];
    struct sites s = { .count = 0 };
    Dwarf_Die *scopes, called;
    Dwarf_Addr after;
    unsigned n = 0;
    int count = dwarf_getscopes(cu, pc, &scopes);

    for (int i = 0; i < count; i++) {
        if (dwarf_tag(&scopes[i]) != DW_TAG_compile_unit)
            collect(&scopes[i], &s, 0);
    }
    if (count > 0)
        free(scopes);
    for (unsigned i = 0; i < s.count; i++) {
        if (return_pc(&s.all[i], &after) && after == pc + 1 && callee(&s.all[i], &called)) {
            if ((!inner || !is_named(&called, inner)) && with_code(cu, &called))
                n = way(cu, called, inner, outer_first, RENDER_TAILS);
            break;
        }
    }
    for (unsigned i = 0; i < n; i++)
        out[i] = outer_first[n - 1 - i];
    return n;
}
