/*
 * shadow/sequence.h - what the value of one atomic carries from thread to thread: release sequences and fences of C11.
 *
 * The model (5.1.2.4 and 7.17.4 of the standard; tsan11, Lidbury and Donaldson, POPL 2017). L is what an acquire of the
 * present value gets, made of heads, one for each thread that released; F is the thread's clock at its last release fence, P
 * what its next acquire fence will get:
 *
 *      load        acquire: C |_|= L          else: P |_|= L
 *      store       release: L := {t: C}       else: L := {t: later of L[t] and F}
 *      RMW         as a load of what was there; then  release: L[t] := C   else: L[t] := later of L[t] and F
 *      fence       acquire: C |_|= P          release: F := C
 *
 * A thread's own store goes on with its sequence (as in C11 and C++ up to 17), another's begins anew. Caller: whoever has
 * the word's lock.
 */
#ifndef SHADOW_SEQUENCE_H
#define SHADOW_SEQUENCE_H

#include "shadow/thread.h"

#define SHADOW_HEADS 7

struct shadow_heads {
    uint8_t n;
    bool lost; /* there was one more: nothing is known to have ended any more */
    struct shadow_stamp of[SHADOW_HEADS];
};

/* The atomic at one address. Zeroed memory is one that carries nothing. */
struct shadow_sequence {
    struct shadow_stamp all; /* L: the heads, joined */
    struct shadow_heads
        *heads; /* NULL: only one, which is `all` itself; owned (or none at all was ever there) */
    struct shadow_sequence *next;
    uint8_t offset; /* in its word */
    bool used;
};

/* The read, with that memory order, of a value that carries *s. */
void shadow_sequence_load(struct shadow_thread *t, const struct shadow_stamp *s, int memory_order);
/* The write; of a store, or of a read-modify-write that goes on with what was there. Ends t's epoch where it releases. */
void shadow_sequence_store(struct shadow_thread *t, struct shadow_sequence *o, int memory_order);
void shadow_sequence_update(struct shadow_thread *t, struct shadow_sequence *o, int memory_order);
/* Drops what it holds, not itself. */
void shadow_sequence_drop(struct shadow_sequence *o);
void shadow_sequence_fork_child(void);

#endif
