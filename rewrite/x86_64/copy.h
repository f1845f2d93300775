/*
 * rewrite/x86_64/copy.h - the copy of a module's units with the checks in it.
 */
#ifndef REWRITE_X86_64_COPY_H
#define REWRITE_X86_64_COPY_H

#include "rewrite/x86_64/encode.h"
#include "rewrite/x86_64/unit.h"

struct copy_area {
    uint8_t *start; /* mapped RW; starts with the thunk */
    size_t size;
    uint8_t *hot_end; /* behind the last hot byte */
    uint8_t *cold, *cold_end;
};

/* Emits all units that have sites into area; sites[] receives one row a site, numbered from first_site on. Sets
 * insn.copy (0: not copied). 0 or -errno (-ENOSPC: the area is too small, -ERANGE: out of reach). */
int copy_emit(struct module_work *w, const struct rewrite_runtime *rt, struct copy_area *area,
              struct rewrite_site *sites, uint32_t first_site);
/* Bytes of an area that is surely large enough. */
size_t copy_area_size(const struct module_work *w, size_t *hot);
/* The copy's address of the instruction at offset off, or the original's where it has none. */
uintptr_t copy_address(const struct module_work *w, const struct copy_area *area, uint32_t off);

#endif
