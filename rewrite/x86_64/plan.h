/*
 * rewrite/x86_64/plan.h - which checks of a unit are left out, widened or moved.
 */
#ifndef REWRITE_X86_64_PLAN_H
#define REWRITE_X86_64_PLAN_H

#include "rewrite/x86_64/insn.h"

/* Fills `plan` of n instructions in address order, whose liveness is known. passes: enum rewrite_pass. */
void plan_unit(struct insn *insns, uint32_t n, uint32_t passes, struct rewrite_stats *stats);

#endif
