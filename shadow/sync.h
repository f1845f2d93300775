/*
 * shadow/sync.h - the table of sync objects: addresses through which knowledge passes from thread to thread.
 *
 * Found by address under a stripe lock that covers a cache line of the program, so that the objects in a freed block
 * are found without a list. An atomic word's object has the address of its aligned 8 bytes, plus one: it is not the
 * object of a mutex that lies there.
 */
#ifndef SHADOW_SYNC_H
#define SHADOW_SYNC_H

#include "shadow/thread.h"

struct shadow_sync {
    struct shadow_sync *next; /* first: the pool's while free */
    uintptr_t addr;
    struct shadow_stamp stamp; /* what an acquire gets */
    uint32_t lock_id;          /* 0: not a lock */
    uint8_t granules;          /* word: bit n: granule n of the 8 bytes is marked */
    union {
        struct {
            struct shadow_stamp readers; /* what only a writer gets */
            struct shadow_thread *writer;
        } rw;
        struct {
            struct shadow_stamp done; /* what leaving the last complete round gets */
            uint32_t count;           /* 0: unknown */
            uint32_t entered;         /* in this round */
            uint32_t inside;
            bool crowded; /* more threads than count at once: rounds cannot be told apart */
        } barrier;
        struct {
            uint32_t atomic; /* epoch of the last atomic write */
            uint32_t plain;  /* epoch of the last access with evidence of plainness */
            uint32_t generation;
            bool plain_wrote;
        } word;
    };
};

static inline uintptr_t shadow_sync_word(uintptr_t addr)
{
    return (addr & ~(uintptr_t)7) + 1;
}

int shadow_sync_init(void);
/* Returns with the address's stripe locked; NULL where there is none (or no memory to create one). */
struct shadow_sync *shadow_sync_get(uintptr_t addr, bool create);
void shadow_sync_put(uintptr_t addr);
/* The same, and a lock has an id. */
struct shadow_sync *shadow_sync_get_lock(struct shadow_thread *t, uintptr_t addr,
                                         const struct base_where *at);
/* Forgets the objects in [lo, hi); true if there was one. */
bool shadow_sync_drop_range(uintptr_t lo, uintptr_t hi);
/* Carries out t's pending acquires. */
void shadow_sync_flush(struct shadow_thread *t);
/* t will acquire addr at its next call. */
void shadow_sync_pend(struct shadow_thread *t, uintptr_t addr);
/* With the world stopped, after a reset: marks the granules of every sync word again. */
void shadow_sync_mark_words(void);
void shadow_sync_fork_child(void);
/* A plain access to a sync word, see atomic.c. */
struct shadow_found;
void shadow_atomic_plain(struct shadow_thread *t, uintptr_t x, uint32_t flags,
                         struct shadow_found *found);

/* ---- locks held ---------------------------------------------------------------------------------------- */

void shadow_sync_hold(struct shadow_thread *t, uint32_t lock_id);
void shadow_sync_unhold(struct shadow_thread *t, uint32_t lock_id);
/* Facts of a lock; false: not known any more. */
bool shadow_sync_lock_facts(uint32_t lock_id, struct report_lock *facts);

#endif
