/*
 * rewrite/imports.c - what calls of functions in other modules lead to, by the relocations of the slots that they go through.
 *
 * By name, since a slot need not be bound yet. Reads only.
 */
#include <elf.h>
#include <stddef.h>

#include "base/mem.h"
#include "rewrite/module.h"

enum { STUB = 16 };

/* The slot that the stub there jumps through: [endbr64] [bnd] jmp *slot(%rip). */
static bool slot_of_stub(const struct module *m, uint32_t off, uint64_t *slot)
{
    static const uint8_t landing[] = { 0xf3, 0x0f, 0x1e, 0xfa };
    uint8_t code[STUB];
    uint32_t at = 0;
    int32_t disp;

    if (!module_has_text(m, off) || !module_has_text(m, (uint64_t)off + STUB - 1))
        return false;
    base_mem_copy(code, (const void *)(m->bias + off), STUB);
    while (at < sizeof(landing) && code[at] == landing[at])
        at++;
    at = at == sizeof(landing) ? at : 0;
    at += code[at] == 0xf2;
    if (code[at] != 0xff || code[at + 1] != 0x25)
        return false;
    base_mem_copy(&disp, &code[at + 2], 4);
    *slot = off + at + 6 + (uint64_t)(int64_t)disp;
    return true;
}

const char *module_import(const struct module *m, uint32_t off)
{
    const Elf64_Rela *jumps = m->imports.jumps;
    const Elf64_Sym *symbols = m->imports.symbols;
    uint64_t slot;

    if (!m->imports.njumps || !slot_of_stub(m, off, &slot))
        return NULL;
    for (uint32_t i = 0; i < m->imports.njumps; i++)
        if (jumps[i].r_offset == slot && ELF64_R_TYPE(jumps[i].r_info) == R_X86_64_JUMP_SLOT)
            return m->imports.strings + symbols[ELF64_R_SYM(jumps[i].r_info)].st_name;
    return NULL;
}
