/*
 * rewrite/x86_64/check.h - emits the inlined compare before an access, and its cold stub.
 */
#ifndef REWRITE_X86_64_CHECK_H
#define REWRITE_X86_64_CHECK_H

#include "rewrite/x86_64/encode.h"

struct check_context {
    const struct rewrite_runtime *rt;
    struct emitter *hot;
    struct emitter *cold;
    uintptr_t thunk;      /* call target of the cold stubs, in the copy area */
    uintptr_t thunk_dead; /* of those where the flags are dead */
    uintptr_t bias;
    const struct insn *insns; /* of the unit, and which of them the check is made before */
    uint32_t n, at;
};

/* Which registers the check of one access uses, and what it has to put back. */
struct check_plan {
    int r;         /* scratch register */
    bool spill;    /* r is live: saved in spill 0 */
    bool flags;    /* flags are live: saved in rax */
    bool save_rax; /* rax is live too: saved in spill 1 */
};

/* A register that is not taken, those first that need no REX prefix; or INSN_NONE. */
int check_pick(uint32_t taken);
/* The same of live ones, which must be kept in a slot: one that the instructions around do not wait for, and another one
 * than the checks before took: each way through memory and back waits for the one before of the same register. */
int check_pick_live(const struct check_context *c, uint32_t taken);
/* r = the address of m, which r is no part of. Leaves the flags. The word at %fs:0 is its own address (System V AMD64 ABI,
 * supplement on thread-local storage). */
void check_lea(struct emitter *e, int r, const struct insn_operand *m, uintptr_t end);
/* Base and index. */
uint32_t check_operand_regs(const struct insn_operand *m);
/* Turns r from a granule's address into what its cell is reached through; returns that operand. */
struct insn_operand check_cell(const struct check_context *c, struct emitter *e, int r);
/* Emits the check of `in` for site `number`; fills copy, cold and check of *site, whose pc is
 * set. */
void check_emit(struct check_context *c, const struct insn *in, uint32_t number,
                struct rewrite_site *site);

/* The same on the fast path of a unit with a twin: where the compare fails, the cold stub only jumps. `put_back`: it puts
 * registers and flags back before. Returns where the jump's displacement is. */
uint8_t *check_emit_fast(struct check_context *c, const struct insn *in, bool put_back,
                         struct rewrite_site *site);

#endif
