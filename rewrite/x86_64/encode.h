/*
 * rewrite/x86_64/encode.h - writes single machine instructions into a copy area that is mapped where it will run.
 *
 * An emitter that is full stays full: writes are dropped and `full` is set; the caller tests it once at the end.
 * Encodings: Intel SDM volume 2, chapter 2.
 */
#ifndef REWRITE_X86_64_ENCODE_H
#define REWRITE_X86_64_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "rewrite/x86_64/insn.h"

struct emitter {
    uint8_t *start, *p, *end; /* where it is written */
    intptr_t runs;            /* added to that: where it will run */
    bool full;
};

/* Where the next byte will run. */
static inline uintptr_t emit_here(const struct emitter *e)
{
    return (uintptr_t)e->p + (uintptr_t)e->runs;
}

#define EMIT_SEG_NONE 0
#define EMIT_SEG_FS 0x64
#define EMIT_SEG_GS 0x65

enum {
    EMIT_LOAD = 0x8B,
    EMIT_STORE = 0x89,
    EMIT_LEA = 0x8D,
    EMIT_XOR = 0x33,
    EMIT_AND = 0x23,
    EMIT_SUB = 0x2B,
    EMIT_CMP_LOAD = 0x3B,
    EMIT_CMP_STORE = 0x39
};

/* ModRM extensions of opcode 83. */
enum { EMIT_AND_IMM = 4, EMIT_CMP_IMM = 7 };

/* Condition codes: jcc is 0x80 + condition. */
enum { EMIT_JC = 0x82, EMIT_JAE = 0x83, EMIT_JE = 0x84, EMIT_JNE = 0x85, EMIT_JA = 0x87 };

void emit_bytes(struct emitter *e, const void *bytes, unsigned n);
void emit_u8(struct emitter *e, uint8_t byte);
void emit_u32(struct emitter *e, uint32_t value);
/* One instruction `opcode` reg, seg:operand; wide: 64-bit. rip_end is the address the operand's displacement counts
 * from if it is rip-relative (end of the original instruction). */
void emit_mem(struct emitter *e, uint8_t seg, bool wide, uint8_t opcode, int reg,
              const struct insn_operand *m, uintptr_t rip_end);
/* prefetcht0 seg:operand, likewise. */
void emit_prefetch(struct emitter *e, uint8_t seg, const struct insn_operand *m, uintptr_t rip_end);
/* The same on two registers: opcode %rm,%reg. */
void emit_reg(struct emitter *e, bool wide, uint8_t opcode, int reg, int rm);
/* opcode $imm,%reg of the 83 group, 32 bits or wide: EMIT_AND_IMM, EMIT_CMP_IMM. */
void emit_imm(struct emitter *e, bool wide, uint8_t group, int reg, int8_t imm);
/* shr $4,%reg, 32 bits. */
void emit_shift(struct emitter *e, int reg);
/* The same on a word at %fs:disp. */
void emit_fs(struct emitter *e, bool wide, uint8_t opcode, int reg, int32_t disp);
/* jmp (0xE9) or call (0xE8) rel32, or jcc (0x80 + condition); returns where the displacement is. */
uint8_t *emit_branch(struct emitter *e, uint8_t opcode, uintptr_t target);
/* Points a displacement written by emit_branch() at target; false if it does not reach. */
bool emit_retarget(const struct emitter *e, uint8_t *disp, uintptr_t target);
/* The same of one that will run at `runs`. */
bool emit_displace(uint8_t *disp, uintptr_t runs, uintptr_t target);

#endif
