/*
 * rewrite/x86_64/operand.c - memory operands: of accesses, of hints, and of the thread's own block.
 */
#include "rewrite/x86_64/decode.h"

void decode_operand(const ZydisDecodedOperand *op, struct insn *out)
{
    out->mem.base =
        op->mem.base == ZYDIS_REGISTER_RIP ? INSN_RIP : (int8_t)decode_register(op->mem.base);
    out->mem.index = (int8_t)decode_register(op->mem.index);
    out->mem.scale = op->mem.scale ? op->mem.scale : 1;
    out->mem.disp = (int32_t)op->mem.disp.value;
}

void decode_prefetch(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                     struct insn *out)
{
    bool prefetch = z->meta.category == ZYDIS_CATEGORY_PREFETCH ||
                    z->meta.category == ZYDIS_CATEGORY_PREFETCHWT1;
    bool own = z->attributes & (ZYDIS_ATTRIB_HAS_SEGMENT_FS | ZYDIS_ATTRIB_HAS_SEGMENT_GS);

    if (!prefetch || own || ops[0].type != ZYDIS_OPERAND_TYPE_MEMORY || z->address_width != 64)
        return;
    decode_operand(&ops[0], out);
    out->prefetches = true;
}

/* One of the thread's own objects, which lie below its block or are found through a register; what lies in the block is
 * libc's. The cold stub has rdi for the address, so it is no part of it. */
bool decode_is_thread_local(const ZydisDecodedOperand *op)
{
    ZydisRegister reg = op->mem.base != ZYDIS_REGISTER_NONE ? op->mem.base : op->mem.index;
    int n = decode_register(reg);

    if (op->mem.segment != ZYDIS_REGISTER_FS ||
        (op->mem.base != ZYDIS_REGISTER_NONE && op->mem.index != ZYDIS_REGISTER_NONE))
        return false;
    if (reg == ZYDIS_REGISTER_NONE)
        return op->mem.disp.value < 0;
    return n >= 0 && n != INSN_RSP && n != INSN_RDI;
}

void decode_thread_local(struct insn *out)
{
    out->mem.fs = true;
    if (out->mem.base != INSN_NONE) {
        out->mem.index = out->mem.base;
        out->mem.scale = 1;
        out->mem.base = INSN_NONE;
    }
    if (out->access != INSN_CHECKED)
        out->access = INSN_NO_ACCESS; /* of these, what compilers make is none */
}
