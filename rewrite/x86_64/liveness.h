/*
 * rewrite/x86_64/liveness.h - which registers and flags are live before each instruction of a unit.
 */
#ifndef REWRITE_X86_64_LIVENESS_H
#define REWRITE_X86_64_LIVENESS_H

#include "rewrite/x86_64/insn.h"

/* Fills `live` of n instructions in address order. */
void liveness_unit(struct insn *insns, uint32_t n);
/* Index of the instruction that starts at offset off, or n. */
uint32_t insn_find(const struct insn *insns, uint32_t n, uint32_t off);

#endif
