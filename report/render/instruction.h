/*
 * report/render/instruction.h - the memory operand of one AMD64 instruction, read from the module's file.
 */
#ifndef REPORT_RENDER_INSTRUCTION_H
#define REPORT_RENDER_INSTRUCTION_H

#include "report/render/symbols.h"

struct render_operand {
    unsigned base; /* DWARF number of the base register (System V AMD64 ABI 3.6.2) */
    int64_t displacement;
};

/* False where the instruction has no operand of the form displacement(base) without an index. */
bool render_instruction_operand(struct render_module *m, uint64_t pc, struct render_operand *out);
/* The same from bytes. */
bool render_instruction_decode(const unsigned char *code, unsigned size,
                               struct render_operand *out);

#endif
