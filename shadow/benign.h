/*
 * shadow/benign.h - what the program asks to leave out: races on some bytes, and a thread's accesses or synchronisation for a
 * while. By annotations only, so never hot.
 */
#ifndef SHADOW_BENIGN_H
#define SHADOW_BENIGN_H

#include <stdbool.h>
#include <stdint.h>

extern uint32_t shadow_benign_count; /* ranges there are; atomic */

/* True if races on this byte are not to be reported. */
bool shadow_benign_has(uintptr_t addr);
/* The memory in [lo, hi) is handed out anew. */
void shadow_benign_drop(uintptr_t lo, uintptr_t hi);
void shadow_benign_fork_child(void);

#endif
