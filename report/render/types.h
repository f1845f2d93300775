/*
 * report/render/types.h - paths such as `struct stats.hits` from an offset into a DWARF type.
 */
#ifndef REPORT_RENDER_TYPES_H
#define REPORT_RENDER_TYPES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "report/render/model.h"

/* The member at offset, allocated; NULL where the type has no members. *q gets what it does not have yet. */
char *render_type_path(Dwarf_Die *type, uint64_t offset, struct render_qualifiers *q);
/* The DIE's type; false where it has none. */
bool render_type_of(Dwarf_Die *die, Dwarf_Die *type);
/* Where a variable lies that has an address of its own, before relocation; false where it has none. */
bool render_type_address(Dwarf_Die *variable, Dwarf_Addr *addr);
/* Looks through typedef, const, volatile, restrict and _Atomic. */
bool render_type_peel(Dwarf_Die *type, struct render_qualifiers *q);

#endif
