/*
 * rewrite/x86_64/vptr.h - stores of pointers to virtual functions.
 */
#ifndef REWRITE_X86_64_VPTR_H
#define REWRITE_X86_64_VPTR_H

#include "rewrite/x86_64/unit.h"

/* Finds those of a unit whose accesses are decided: sets insn.same. */
void vptr_unit(struct unit *u);

#endif
