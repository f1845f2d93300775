/*
 * rewrite/x86_64/step.c - additions of constants, and comparisons: what moves a loop on, and what ends it.
 */
#include "rewrite/x86_64/decode.h"

static bool is_register(const ZydisDecodedOperand *op)
{
    return op->type == ZYDIS_OPERAND_TYPE_REGISTER && decode_register(op->reg.value) >= 0 &&
           op->size >= 32;
}

/* lea disp(%r),%r adds disp. */
static int64_t lea_step(const ZydisDecodedOperand *ops)
{
    const ZydisDecodedOperand *m = &ops[1];
    bool own =
        ops[0].size == 64 && m->mem.base == ops[0].reg.value && m->mem.index == ZYDIS_REGISTER_NONE;

    return own ? m->mem.disp.value : 0;
}

void decode_step(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops, struct insn *out)
{
    int64_t by = ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? ops[1].imm.value.s : 0;
    bool constant = ops[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;

    out->step.reg = out->step.with = INSN_NONE;
    if (z->operand_count_visible == 0 || !is_register(&ops[0]))
        return;
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_ADD: break;
    case ZYDIS_MNEMONIC_SUB: by = -by; break;
    case ZYDIS_MNEMONIC_INC: by = 1; break;
    case ZYDIS_MNEMONIC_DEC: by = -1; break;
    case ZYDIS_MNEMONIC_LEA: by = lea_step(ops); break;
    case ZYDIS_MNEMONIC_CMP:
        out->step.compares = constant || is_register(&ops[1]);
        out->step.with = (int8_t)(constant ? INSN_NONE : decode_register(ops[1].reg.value));
        break;
    default: return;
    }
    if (by || out->step.compares)
        out->step.reg = (int8_t)decode_register(ops[0].reg.value);
    out->step.by = by;
    out->step.wide = ops[0].size == 64;
}
