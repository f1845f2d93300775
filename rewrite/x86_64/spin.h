/*
 * rewrite/x86_64/spin.h - loops that wait for another thread, told by their machine code alone.
 */
#ifndef REWRITE_X86_64_SPIN_H
#define REWRITE_X86_64_SPIN_H

#include "rewrite/x86_64/insn.h"

/*
 * Sets `spins` of each load that another thread must change for a loop to end: the loop changes nothing, carries nothing from
 * one turn to the next, calls nothing, and tests what was loaded. Wants target_index. frame: rbp is the frame pointer.
 */
void spin_mark(struct insn *insns, uint32_t n, bool frame);

#endif
