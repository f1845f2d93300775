/*
 * preload/annotate.h - what the annotations of all kinds come to; their names are in annotate_*.c.
 *
 * Rare, so everything goes the long way: each is one call into the detector, on the caller's stack.
 */
#ifndef PRELOAD_ANNOTATE_H
#define PRELOAD_ANNOTATE_H

#include <stddef.h>

#include "preload/gate.h"

/* The object that an annotation's address stands for: odd ones are atomic words (shadow/sync.h). */
#define PRELOAD_OBJECT(p) (A(p) & ~(uintptr_t)1)

/* Statements that may use t, where the caller is to be told of; not otherwise. */
#define PRELOAD_TELL(...)                                                                          \
    do {                                                                                           \
        struct preload_tls *self_ = preload_self();                                                \
        struct shadow_thread *t = preload_gate(self_);                                             \
                                                                                                   \
        if (t)                                                                                     \
            PRELOAD_INSIDE(self_, __VA_ARGS__);                                                    \
    } while (0)

#endif
