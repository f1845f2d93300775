/*
 * rewrite/x86_64/decode.h - what the files that know the decoder share.
 */
#ifndef REWRITE_X86_64_DECODE_H
#define REWRITE_X86_64_DECODE_H

#include <Zydis/Zydis.h>

#include "rewrite/x86_64/insn.h"

/* Hardware number of the general register that contains `reg`, or INSN_NONE. */
int decode_register(ZydisRegister reg);
/* Fills out->mem. */
void decode_operand(const ZydisDecodedOperand *op, struct insn *out);
/* The operand of a prefetch, which is no access. */
void decode_prefetch(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                     struct insn *out);
/* An operand at %fs: that is one of the thread's own objects; out->mem, which is filled, becomes that. */
bool decode_is_thread_local(const ZydisDecodedOperand *op);
void decode_thread_local(struct insn *out);
/* Fills out->step. */
void decode_step(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                 struct insn *out);

#endif
