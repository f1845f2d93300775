/*
 * rewrite/x86_64/look.h - the second look at cells, out of line, where the inlined compare has failed.
 */
#ifndef REWRITE_X86_64_LOOK_H
#define REWRITE_X86_64_LOOK_H

#include "rewrite/x86_64/check.h"

/* Emits the second look at `in` into c->cold. It goes on at `hit` (hot code, r and saved flags still to be put back) where
 * all bytes are recorded, else at its end. Nothing for an access that has none. */
void look_emit(struct check_context *c, const struct insn *in, const struct check_plan *p,
               uintptr_t hit);

/* The same at once, in hot code. Returns the displacement of the jump on a miss, or NULL: not for this access. */
uint8_t *look_emit_inline(struct check_context *c, const struct insn *in,
                          const struct check_plan *p);

#endif
