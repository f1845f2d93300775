/*
 * preload/annotate.h - what the annotations of all kinds come to; their names are in annotate_*.c.
 *
 * Rare, so everything goes the long way: each is one call into the detector, on the caller's stack.
 */
#ifndef PRELOAD_ANNOTATE_H
#define PRELOAD_ANNOTATE_H

#include <stddef.h>

#include "preload/gate.h"

/* The object that an annotation's address stands for. Any word may be one's name, a small number too; addresses of objects are
 * even (shadow/sync.h), so what is no multiple of 4, or no address, gets one that no memory has. */
static inline uintptr_t preload_object(const volatile void *p)
{
    return A(p) & 3 || A(p) < 4096 ? 1ul << 63 | A(p) << 2 : A(p);
}

/* Of a lock that was made by an annotation which does not say more: its holder may take it again. */
#define PRELOAD_LOCK_MADE (SHADOW_LOCK_RW | SHADOW_LOCK_REENTRANT)

/* How a lock was taken, which is told afterwards. Whether the call would have waited is not said: so no order of locks is learnt
 * from it. */
static inline unsigned preload_lock_taken(bool writes)
{
    return SHADOW_LOCK_RW | SHADOW_LOCK_TRIED | (writes ? 0 : SHADOW_LOCK_SHARED);
}

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
