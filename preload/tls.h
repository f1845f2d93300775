/*
 * preload/tls.h - the one thread-local variable: what the emitted code, the cold path and the wrappers know of the
 * calling thread.
 *
 * Initial-exec, so that every access is one %fs-relative instruction and needs no allocation. The assembly in
 * preload/x86_64/cold.S uses the offsets asserted below.
 */
#ifndef PRELOAD_TLS_H
#define PRELOAD_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shadow/shadow.h"

#define PRELOAD_DEFERRED 16

struct preload_tls {
    struct shadow_inline in;      /* read by the emitted code */
    struct shadow_thread *thread; /* NULL: not one of ours, nothing is recorded */
    uint32_t depth;               /* over 0: inside Seance */
    uint32_t ndeferred;           /* signals that arrived meanwhile */
    uintptr_t cold_stack;         /* top of the stack the cold path runs on */
    uint64_t saved_mask;          /* the program's signal mask while signals are deferred */
    struct preload_deferred *deferred;
    bool stepping; /* the trap flag is set until our code is left */
    bool forking;  /* between the preparation of a fork and what follows it */
    /* Constant, read by the emitted code: which bits of a granule's cell and the next an access of 1, 2, 4 bytes at each place of
     * the granule needs, reads and writes by turns. */
    uint64_t need[6][4];
    const void *crowded; /* the mutex that the thread gave back last while others waited for it */
    uint32_t crowds;     /* how many times running */
};

_Static_assert(offsetof(struct preload_tls, thread) == 64, "cold.S");
_Static_assert(offsetof(struct preload_tls, depth) == 72, "cold.S");
_Static_assert(offsetof(struct preload_tls, ndeferred) == 76, "cold.S");
_Static_assert(offsetof(struct preload_tls, cold_stack) == 80, "cold.S, compiled.S");
_Static_assert(offsetof(struct preload_tls, need) == 112, "compiled.S");
_Static_assert(offsetof(struct shadow_inline, cur_read) == 0 &&
                   offsetof(struct shadow_inline, cur_write) == 8 &&
                   offsetof(struct shadow_inline, read_mask) == 16 &&
                   offsetof(struct shadow_inline, plane) == 24 && SHADOW_PLANE_DISP == 0x240,
               "compiled.S");

extern __thread struct preload_tls preload_tls
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline struct preload_tls *preload_self(void)
{
    return &preload_tls;
}

/* Delivers what arrived while the thread was inside Seance. */
void preload_handlers_deliver(struct preload_tls *self) __attribute__((visibility("hidden")));

static inline void preload_enter(struct preload_tls *self)
{
    self->depth++;
    __asm__ volatile("" ::: "memory");
}

static inline void preload_leave(struct preload_tls *self)
{
    __asm__ volatile("" ::: "memory");
    if (--self->depth == 0 && __builtin_expect(self->ndeferred != 0, 0))
        preload_handlers_deliver(self);
}

#endif
