/*
 * shadow/heap.h - which block an address lies in, and who made it.
 */
#ifndef SHADOW_HEAP_H
#define SHADOW_HEAP_H

#include "shadow/thread.h"

struct shadow_block {
    struct shadow_block *next;
    uintptr_t addr;
    size_t size;
    struct shadow_identity *owner; /* who allocated it */
    uint32_t stack;
    bool freed;
};

int shadow_heap_init(void);
/* Copies the facts of the live block around addr, else of one freed lately; false: neither. Slow: for findings. */
bool shadow_heap_find(uintptr_t addr, struct shadow_block *block);
void shadow_heap_fork_child(void);

#endif
