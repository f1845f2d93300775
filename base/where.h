/*
 * base/where.h - a place in the program: an instruction of the ORIGINAL code and the registers a stack walk
 * starts from. Filled by preload/ (trampolines and wrappers), read by report/.
 */
#ifndef BASE_WHERE_H
#define BASE_WHERE_H

#include <stdbool.h>
#include <stdint.h>

struct base_where {
    uintptr_t
        pc; /* an address inside the instruction (for a wrapper: its return address minus 1) */
    uintptr_t sp; /* stack pointer as that instruction sees it (after the return, for a wrapper) */
    uintptr_t bp; /* frame pointer register there */
    uint32_t number; /* of the instruction's check, counted from 1; 0: it has none */
    uint32_t *
        stack; /* for a wrapper that tells of several things: the depot's number, 0 before the first; NULL: not kept */
    bool foreign; /* the place lies in code whose accesses, and so whose own locks, are not seen */
};

#endif
