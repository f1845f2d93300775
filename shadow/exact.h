/*
 * shadow/exact.h - a sync word that compiled code uses: what each atomic in it carries, and who touched its bytes.
 *
 * Hangs on the word's sync object (shadow_sync.word.exact) and shares its lock. Code that no compiler has told us of may
 * use the same word: what that releases stands in the object's own stamp, which compiled code gets too.
 */
#ifndef SHADOW_EXACT_H
#define SHADOW_EXACT_H

#include "shadow/sequence.h"
#include "shadow/sync.h"
#include "shadow/touch.h"
#include "shadow/world.h"

struct shadow_exact {
    struct shadow_sequence
        order; /* of the first atomic that was seen in the word; more through `next` */
    struct shadow_touches touches;
};

/* What is remembered of a word ends with a reset. */
static inline void shadow_word_freshen(struct shadow_sync *s)
{
    if (s->word.generation == shadow_world.generation)
        return;
    s->word.generation = shadow_world.generation;
    s->word.atomic = s->word.plain = 0;
}

/* A plain access of compiled code to bytes of the granule x, a sync word. */
void shadow_exact_plain(struct shadow_thread *t, uintptr_t x, uint32_t mask, bool write,
                        struct shadow_found *found);
/* What code without a compiler's word does beside what atomic.c does: s->word.exact is not NULL, s locked. kind: of both
 * enum shadow_touch_kind. */
void shadow_exact_acquire(struct shadow_thread *t, struct shadow_sync *s);
void shadow_exact_touch(struct shadow_thread *t, struct shadow_sync *s, uintptr_t lo, uintptr_t hi,
                        uint32_t kind, struct shadow_found *found);
/* The memory of s is freed by t, as if written by a plain access. */
void shadow_exact_freed(struct shadow_thread *t, struct shadow_sync *s, struct shadow_found *found);
/* s is being deleted. */
void shadow_exact_drop(struct shadow_sync *s);
void shadow_exact_fork_child(void);

#endif
