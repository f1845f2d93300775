/*
 * preload/layout.h - which parts of the address space the planes must cover, from what the kernel laid out.
 *
 * Pure: start.c gathers the facts, a unit test makes them up.
 */
#ifndef PRELOAD_LAYOUT_H
#define PRELOAD_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "shadow/shadow.h"

#define PRELOAD_LAYOUT_BLOCK (64ULL << 30) /* windows begin and end at multiples of this */

struct preload_layout_facts {
    uintptr_t exe_lo, exe_hi;   /* the program's own mapping */
    uintptr_t brk;              /* end of the heap that brk(2) moves; 0: not known */
    uintptr_t libs_lo, libs_hi; /* everything in the mmap area */
    uintptr_t stack_hi;         /* top of the first thread's stack */
    bool upwards;               /* the mmap area grows up (unlimited stack) */
    bool fsgsbase;              /* wrgsbase may be used */
};

/* 0, or -E2BIG where more windows would be needed than there are. */
int preload_layout_choose(const struct preload_layout_facts *facts, struct shadow_layout *layout);

#endif
