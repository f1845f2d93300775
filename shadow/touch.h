/*
 * shadow/touch.h - who touched the bytes of a word that compiled code uses atomically: atomic accesses and plain ones.
 *
 * The simple model: a set of (epoch, bytes, write?, atomic?). Two of them conflict where bytes overlap, one is a write and one
 * is plain. A new one races with those that conflict and are not ordered before it, and takes the place of those that
 * whoever conflicts with, and comes later, must conflict with it too: ordered before it, of its bytes, a read or it is a
 * write, atomic or it is plain.
 *
 * The owner of the word's lock changes it; shadow_touch_known() may look without. tests/unit/shadow_exact.c ties it to the
 * relations of the C11 standard.
 */
#ifndef SHADOW_TOUCH_H
#define SHADOW_TOUCH_H

#include "shadow/thread.h"

#define SHADOW_TOUCHES 20

enum shadow_touch_kind {
    SHADOW_TOUCH_WRITE = 1,
    SHADOW_TOUCH_ATOMIC = 2,
    SHADOW_TOUCH_EARLIER = 4 /* taken over from the word's object: its epoch is that of a release */
};

struct shadow_touch {
    uint32_t epoch; /* a cell with mask 0 */
    uint8_t bytes;  /* bit n: byte n of the aligned 8 */
    uint8_t kind;   /* of enum shadow_touch_kind */
};

struct shadow_touches {
    uint32_t generation; /* older than shadow_world.generation: all this is forgotten */
    uint8_t n, victim;
    struct shadow_touch of[SHADOW_TOUCHES];
};

/* True if t has touched these bytes so in this epoch. The set may be changing. */
bool shadow_touch_known(const struct shadow_thread *t, const struct shadow_touches *all,
                        uint32_t bytes, uint32_t kind);
/* Checks, then adds it. word: address of the aligned 8 bytes. A race goes to *found unless one is there. Counts what it
 * has no room for as lost history. */
void shadow_touch(struct shadow_thread *t, struct shadow_touches *all, uintptr_t word,
                  uint32_t bytes, uint32_t kind, struct shadow_found *found);
/* Adds what was known of the bytes before, unchecked: an access in that epoch, a cell with mask 0. */
void shadow_touch_inherit(struct shadow_thread *t, struct shadow_touches *all, uint32_t epoch,
                          uint32_t bytes, uint32_t kind);

#endif
