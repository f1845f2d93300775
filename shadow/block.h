/*
 * shadow/block.h - which block of the heap an address lies in, and who made it.
 */
#ifndef SHADOW_BLOCK_H
#define SHADOW_BLOCK_H

#include "shadow/thread.h"

/* Blocks of at most this many bytes have no other block's start inside that is still known. */
#define SHADOW_BLOCK_SMALL 65536u

struct shadow_block {
    uintptr_t addr;
    size_t size;
    struct shadow_ticket owner; /* who allocated it */
    uint32_t stack;
    bool freed;
    struct shadow_ticket freer; /* of a freed one, and where; 0: not known */
    uint32_t free_stack;
};

int shadow_block_init(void);
/* t has allocated [addr, addr + size). What lay there is forgotten. Out of memory: the block is not known. */
void shadow_block_enter(struct shadow_thread *t, uintptr_t addr, size_t size, uint32_t stack);
/* The block at addr is freed: its facts. False: no block, or freed before. */
bool shadow_block_leave(uintptr_t addr, struct shadow_block *out);
/* By who has just freed the block at addr, before its memory can be another's: where. */
void shadow_block_freed_at(struct shadow_thread *t, uintptr_t addr, uint32_t stack);
/* Copies the facts of the block around addr, freed ones where none lives there; false: neither. Slow: for findings. */
bool shadow_block_find(uintptr_t addr, struct shadow_block *out);
void shadow_block_fork_child(void);

#endif
