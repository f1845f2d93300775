/*
 * report/render/instruction.c - prefixes, opcode maps, ModRM, SIB and displacement; nothing more is needed.
 *
 * Source: Intel SDM vol. 2, chapter 2. An opcode without ModRM would be misread, so those are refused.
 */
#include "report/render/instruction.h"

#include <string.h>

/* Opcodes of the one-byte map that have a ModRM byte, a bit each. */
static bool has_modrm(unsigned char op)
{
    if (op < 0x40)
        return (op & 7) < 4;
    return op == 0x62 || op == 0x63 || op == 0x69 || op == 0x6b || (op >= 0x80 && op <= 0x8f) ||
           op == 0xc0 || op == 0xc1 || op == 0xc6 || op == 0xc7 || (op >= 0xd0 && op <= 0xd3) ||
           (op >= 0xd8 && op <= 0xdf) || op == 0xf6 || op == 0xf7 || op == 0xfe || op == 0xff;
}

static bool is_prefix(unsigned char b)
{
    return b == 0x66 || b == 0xf2 || b == 0xf3 || b == 0xf0 || b == 0x2e || b == 0x36 ||
           b == 0x3e || b == 0x26 || b == 0x64 || b == 0x65 || b == 0x67;
}

/* Skips prefixes and opcode; *rex_b is the base register's fourth bit. The ModRM's index, or 0. */
static unsigned skip_opcode(const unsigned char *code, unsigned size, bool *rex_b)
{
    unsigned i = 0;

    *rex_b = false;
    while (i < size && is_prefix(code[i]))
        i++;
    if (i + 4 >= size)
        return 0;
    if (code[i] == 0xc5)
        return i + 3;
    if (code[i] == 0xc4) {
        *rex_b = !(code[i + 1] & 0x20);
        return i + 4;
    }
    if ((code[i] & 0xf0) == 0x40) {
        *rex_b = code[i] & 1;
        i++;
    }
    if (code[i] == 0x0f)
        return code[i + 1] == 0x38 || code[i + 1] == 0x3a ? i + 3 : i + 2;
    return has_modrm(code[i]) && code[i] != 0x62 ? i + 1 : 0;
}

bool render_instruction_decode(const unsigned char *code, unsigned size, struct render_operand *out)
{
    static const unsigned char dwarf[16] = { 0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15 };
    bool rex_b;
    unsigned i = skip_opcode(code, size, &rex_b), mod, base;
    int32_t wide;

    if (i == 0 || i + 6 > size)
        return false;
    mod = code[i] >> 6;
    base = code[i] & 7;
    i++;
    if (mod == 3 || (mod == 0 && base == 5)) /* no memory, or relative to rip */
        return false;
    if (base == 4) {
        if ((code[i] >> 3 & 7) != 4) /* an index */
            return false;
        base = code[i] & 7;
        i++;
        if (mod == 0 && base == 5)
            return false;
    }
    out->base = dwarf[base + (rex_b ? 8 : 0)];
    out->displacement = 0;
    if (mod == 1)
        out->displacement = (signed char)code[i];
    if (mod == 2) {
        memcpy(&wide, code + i, sizeof wide);
        out->displacement = wide;
    }
    return true;
}

bool render_instruction_operand(struct render_module *m, uint64_t pc, struct render_operand *out)
{
    GElf_Addr addr = pc, bias;
    Elf_Scn *section = dwfl_module_address_section(m->mod, &addr, &bias);
    Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;
    unsigned char code[24] = { 0 };
    size_t left;

    if (!data || !data->d_buf || addr >= data->d_size)
        return false;
    left = data->d_size - addr;
    memcpy(code, (const char *)data->d_buf + addr, left < sizeof code ? left : sizeof code);
    return render_instruction_decode(code, sizeof code, out);
}
