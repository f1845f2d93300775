/*
 * rewrite/x86_64/prefetch.h - where a program asks for a cache line ahead of time, the line of its cells is asked for too.
 */
#ifndef REWRITE_X86_64_PREFETCH_H
#define REWRITE_X86_64_PREFETCH_H

#include "rewrite/x86_64/check.h"

#define PREFETCH_BYTES 56 /* at most, of what prefetch_emit() writes */

/* Fills plan.prefetch of n instructions in address order, whose liveness is known. */
void prefetch_plan(struct insn *insns, uint32_t n);
/* Before `in`: the hint of `hint`, which its plan names. Fills copy, cold and check of *site, whose pc is set. */
void prefetch_emit(const struct check_context *c, const struct insn *in, const struct insn *hint,
                   struct rewrite_site *site);

#endif
