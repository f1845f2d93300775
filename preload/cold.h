/*
 * preload/cold.h - the way from emitted code into the detector, and a thread's registers for it.
 */
#ifndef PRELOAD_COLD_H
#define PRELOAD_COLD_H

#include <stdbool.h>
#include <stdint.h>

#include "rewrite/rewrite.h"
#include "shadow/shadow.h"

/* enum rewrite_site_flags, as enum shadow_access_flags. */
static inline uint32_t preload_access_flags(unsigned flags)
{
    return (flags & REWRITE_WRITE ? SHADOW_WRITE : 0) | (flags & REWRITE_PLAIN ? SHADOW_PLAIN : 0) |
           (flags & REWRITE_UNMARKED ? SHADOW_UNMARKED : 0);
}

/* Fills what the emitted code must know; gs_form false: the plane's address is computed (see rewrite.h). */
void preload_cold_runtime(struct rewrite_runtime *rt, bool gs_form);
/* 1: the planes have the XOR form (shadow.h). Written at start-up, read by x86_64/compiled.S. */
extern uint32_t preload_xor_form __attribute__((visibility("hidden")));
/* Points the calling thread at its private plane and gives it a stack for the cold path. Call after
 * shadow_thread_first() or shadow_thread_start(), before checked code runs; false: no memory. */
bool preload_thread_arm(void);
/* Gives the cold stack back; the thread's last act. */
void preload_thread_disarm(void);
/* In the child of a fork, before anything else here. */
void preload_cold_fork_child(void);
/* True if the CPU and kernel let user code set its GS base (FSGSBASE). */
bool preload_cold_has_gs(void);

#endif
