/*
 * report/render/types.c - see types.h. Depth and lengths are bounded: debug information may be malformed.
 */
#include "report/render/types.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32, DIMENSIONS = 8 };

bool render_type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attr;

    return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, type);
}

bool render_type_address(Dwarf_Die *variable, Dwarf_Addr *addr)
{
    Dwarf_Attribute attr, resolved;
    Dwarf_Op *ops;
    size_t count;

    if (!dwarf_attr(variable, DW_AT_location, &attr) ||
        dwarf_getlocation(&attr, &ops, &count) != 0 || count != 1)
        return false;
    if (ops[0].atom == DW_OP_addr) {
        *addr = ops[0].number;
        return true;
    }
    return (ops[0].atom == DW_OP_addrx || ops[0].atom == DW_OP_GNU_addr_index) &&
           dwarf_getlocation_attr(&attr, &ops[0], &resolved) == 0 &&
           dwarf_formaddr(&resolved, addr) == 0;
}

bool render_type_peel(Dwarf_Die *type, struct render_qualifiers *q)
{
    Dwarf_Word size;

    for (unsigned i = 0; i < DEEPEST; i++) {
        if (dwarf_tag(type) == DW_TAG_atomic_type) {
            q->atomic = true;
            q->size = dwarf_aggregate_size(type, &size) == 0 ? size : 0;
        }
        q->is_volatile |= dwarf_tag(type) == DW_TAG_volatile_type;
        switch (dwarf_tag(type)) {
        case DW_TAG_atomic_type:
        case DW_TAG_typedef:
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_restrict_type:
            if (!render_type_of(type, type))
                return false;
            break;
        default: return true;
        }
    }
    return false;
}

static bool is_record(Dwarf_Die *type)
{
    int tag = dwarf_tag(type);

    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static uint64_t member_offset(Dwarf_Die *member)
{
    Dwarf_Attribute attr;
    Dwarf_Word value;

    if (dwarf_attr(member, DW_AT_data_member_location, &attr) &&
        dwarf_formudata(&attr, &value) == 0)
        return value;
    if (dwarf_attr(member, DW_AT_data_bit_offset, &attr) && dwarf_formudata(&attr, &value) == 0)
        return value / 8;
    return 0;
}

/* The first member or base class that holds offset; its type in *type, its start in *start. */
static bool find_member(Dwarf_Die *record, uint64_t offset, Dwarf_Die *member, Dwarf_Die *type,
                        uint64_t *start)
{
    Dwarf_Die child;
    int more = dwarf_child(record, &child);

    for (; more == 0; more = dwarf_siblingof(&child, &child)) {
        int tag = dwarf_tag(&child);
        Dwarf_Word size;

        if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) || !render_type_of(&child, type))
            continue;
        *start = member_offset(&child);
        if (dwarf_aggregate_size(type, &size) == 0 && offset >= *start && offset - *start < size) {
            *member = child;
            return true;
        }
    }
    return false;
}

static unsigned dimensions(Dwarf_Die *array, uint64_t *counts)
{
    Dwarf_Die child;
    unsigned n = 0;
    int more = dwarf_child(array, &child);

    for (; more == 0 && n < DIMENSIONS; more = dwarf_siblingof(&child, &child)) {
        Dwarf_Attribute attr;
        Dwarf_Word value;

        if (dwarf_tag(&child) != DW_TAG_subrange_type)
            continue;
        counts[n] = 1;
        if (dwarf_attr(&child, DW_AT_count, &attr) && dwarf_formudata(&attr, &value) == 0)
            counts[n] = value;
        else if (dwarf_attr(&child, DW_AT_upper_bound, &attr) &&
                 dwarf_formudata(&attr, &value) == 0)
            counts[n] = value + 1;
        n++;
    }
    return n;
}

/* Writes [i][j]..., reduces *offset to what is left inside the element; *type becomes the element's. */
static bool index_array(FILE *out, Dwarf_Die *type, uint64_t *offset)
{
    uint64_t counts[DIMENSIONS], element, i;
    unsigned n = dimensions(type, counts);
    Dwarf_Word size;

    if (!render_type_of(type, type) || dwarf_aggregate_size(type, &size) != 0 || size == 0)
        return false;
    element = *offset / size;
    *offset %= size;
    for (unsigned d = 0; d < n; d++) {
        uint64_t inner = 1;

        for (unsigned k = d + 1; k < n; k++)
            inner *= counts[k] ? counts[k] : 1;
        i = element / (inner ? inner : 1);
        element -= i * inner;
        fprintf(out, "[%lu]", (unsigned long)i);
    }
    return true;
}

static void type_name(FILE *out, Dwarf_Die *type, const char *alias)
{
    const char *name = dwarf_diename(type);
    int tag = dwarf_tag(type);

    if (name)
        fprintf(out, "%s %s",
                tag == DW_TAG_union_type   ? "union"
                : tag == DW_TAG_class_type ? "class"
                                           : "struct",
                name);
    else
        fprintf(out, "%s", alias ? alias : tag == DW_TAG_union_type ? "union" : "struct");
}

/* The name of the outermost structure; arrays of structures are named after their element. */
static void prefix(FILE *out, Dwarf_Die type)
{
    const char *alias = NULL;
    struct render_qualifiers ignored;

    for (unsigned i = 0; i < DEEPEST; i++) {
        if (dwarf_tag(&type) == DW_TAG_typedef)
            alias = dwarf_diename(&type);
        if (is_record(&type)) {
            type_name(out, &type, alias);
            return;
        }
        if (dwarf_tag(&type) == DW_TAG_array_type || dwarf_tag(&type) == DW_TAG_typedef) {
            if (!render_type_of(&type, &type))
                return;
        } else if (dwarf_tag(&type) == DW_TAG_base_type || !render_type_peel(&type, &ignored)) {
            return;
        } else if (!is_record(&type) && dwarf_tag(&type) != DW_TAG_array_type) {
            return;
        }
    }
}

char *render_type_path(Dwarf_Die *outermost, uint64_t offset, struct render_qualifiers *q)
{
    Dwarf_Die type = *outermost, member;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    bool any = false;

    if (!out)
        return NULL;
    prefix(out, type);
    for (unsigned i = 0; i < DEEPEST && render_type_peel(&type, q); i++) {
        uint64_t start;

        if (dwarf_tag(&type) == DW_TAG_array_type) {
            if (!index_array(out, &type, &offset))
                break;
        } else if (is_record(&type) && find_member(&type, offset, &member, &type, &start)) {
            if (dwarf_tag(&member) == DW_TAG_member && dwarf_diename(&member))
                fprintf(out, ".%s", dwarf_diename(&member));
            offset -= start;
        } else {
            break;
        }
        any = true;
    }
    fclose(out);
    if (any && len)
        return text;
    free(text);
    return NULL;
}
