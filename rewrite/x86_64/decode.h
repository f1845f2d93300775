/*
 * rewrite/x86_64/decode.h - what the files that know the decoder share.
 */
#ifndef REWRITE_X86_64_DECODE_H
#define REWRITE_X86_64_DECODE_H

#include <Zydis/Zydis.h>

#include "rewrite/x86_64/insn.h"

/* Hardware number of the general register that contains `reg`, or INSN_NONE. */
int decode_register(ZydisRegister reg);
/* Fills out->step. */
void decode_step(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                 struct insn *out);

#endif
