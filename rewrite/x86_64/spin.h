/*
 * rewrite/x86_64/spin.h - loops that wait for another thread, told by their machine code alone.
 */
#ifndef REWRITE_X86_64_SPIN_H
#define REWRITE_X86_64_SPIN_H

#include "rewrite/x86_64/insn.h"

/* A unit of n instructions, whose target_index are set. */
struct spin_unit {
    struct insn *insns;
    uint32_t n;
    bool frame; /* rbp is the frame pointer */
    bool (*is_idle)(const void *arg,
                    uint32_t off); /* the function there only rests, see spin_is_idle() */
    const void *arg;
};

/*
 * Sets `spins` of each load that another thread must change for a loop to end: the loop changes nothing, carries nothing from
 * one turn to the next, calls nothing but what is idle, and tests what was loaded.
 */
void spin_mark(const struct spin_unit *u);

/* True if the function that begins with these bytes does nothing: pause, in a frame of its own. */
bool spin_is_idle(const uint8_t *code, size_t avail);

#endif
