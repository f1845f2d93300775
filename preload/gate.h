/*
 * preload/gate.h - who gets past a wrapper into Seance, and how a wrapper goes in and out.
 *
 * Hot: a call from a module that is not checked, or from inside Seance, must leave after a few instructions.
 */
#ifndef PRELOAD_GATE_H
#define PRELOAD_GATE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/where.h"
#include "preload/checked.h"
#include "preload/real.h"
#include "preload/state.h"
#include "preload/tls.h"
#include "shadow/shadow.h"

#define A(p) ((uintptr_t)(p))
#define NOTHING ((void)0)

/* The calling thread, or NULL where the wrapper must only call the original. */
static inline struct shadow_thread *preload_gate(const struct preload_tls *self)
{
    return self->depth || !preload_is_on() ? NULL : self->thread;
}

/* Runs statements inside Seance: depth raised. errno is libc's: our code enters the kernel by itself, and of libc it calls
 * nothing there that sets errno, so that there is nothing to keep. */
#define PRELOAD_INSIDE(self, ...)                                                                  \
    do {                                                                                           \
        preload_enter(self);                                                                       \
        __VA_ARGS__;                                                                               \
        preload_leave(self);                                                                       \
    } while (0)

/* The caller of the function whose frame pointer points to `frame`. */
static inline struct base_where preload_where(const uintptr_t *frame)
{
    struct base_where at = { .pc = frame[1] - 1, .sp = A(frame) + 16, .bp = frame[0] };

    return at;
}

/* A block came from or goes back to the allocator; what a system library does with its own blocks may be ordered by
 * means that are not seen. */
static inline void preload_heap_alloc(struct shadow_thread *t, const void *block, size_t size,
                                      struct base_where *at)
{
    at->foreign = !preload_checked_pc(at->pc);
    shadow_heap_alloc(t, A(block), size, at);
}

static inline void preload_heap_free(struct shadow_thread *t, const void *block,
                                     struct base_where *at)
{
    at->foreign = !preload_checked_pc(at->pc);
    shadow_heap_free(t, A(block), at);
}

#define PRELOAD_MAPPED                                                                             \
    4096u /* bytes of new memory that count as written: the table of cells has pages, too */

/* A mapping may come to lie where something else was. Empty memory for code that is checked is written by who asks for it, as a
 * block of malloc is. */
static inline void preload_mapped(struct shadow_thread *t, uintptr_t addr, size_t len, bool empty,
                                  const struct base_where *at)
{
    shadow_clear(t, addr, len);
    if (empty && preload_checked_pc(at->pc))
        shadow_range(t, addr, len < PRELOAD_MAPPED ? len : PRELOAD_MAPPED, SHADOW_WRITE, at);
}

/* The caller of the function that this is written in, which gets a frame pointer by it. */
#define PRELOAD_CALLER preload_where(__builtin_frame_address(0))

#endif
