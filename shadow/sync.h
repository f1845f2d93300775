/*
 * shadow/sync.h - the table of sync objects: addresses through which knowledge passes from thread to thread.
 *
 * Found by address without a lock: an object's memory is always an object's, so whoever has found one takes its own
 * lock and looks whether the address is still the one it sought. Buckets are by cache line of the program, so that the
 * objects in a freed block are found without a list. An atomic word's object has the address of its granule plus
 * one: it is not the object of a mutex that lies there. Atomic operations on both granules of 8 aligned bytes make one word of
 * them for good ("whole"), whose object is the lower granule's.
 */
#ifndef SHADOW_SYNC_H
#define SHADOW_SYNC_H

#include <stddef.h>

#include "shadow/thread.h"

struct shadow_sync {
    uintptr_t addr;   /* 0: unused; changes with `lock` and the stripe's lock held; atomic */
    uint32_t lock;    /* SHADOW_CELL_LOCKED, or how often it was given back */
    uint32_t version; /* what goes into `lock` next */
    uint32_t lock_id; /* 0: not a lock */
    union {
        uint8_t granules; /* word: bit n: granule n of the 8 bytes is marked */
        uint8_t young;    /* the rest: so many uses are looked at, see life.h; atomic */
    };
    union {
        bool whole;    /* word: of both granules; set with the stripe's lock held */
        uint8_t quick; /* a lock: enum shadow_sync_quick; changes with `lock` held; atomic */
    };
    uint8_t held;              /* a lock: 0: no thread holds it; else one may, see held.h; atomic */
    uint8_t marks;             /* a lock: enum shadow_sync_marks */
    struct shadow_stamp stamp; /* what an acquire gets */
    union {
        struct {
            struct shadow_stamp readers; /* what only a writer gets */
            struct shadow_thread *writer;
            uint32_t made;       /* epoch in which it was, see life.h; 0: not known */
            uint32_t generation; /* of shadow_world, then */
        } rw;
        struct {
            struct shadow_stamp done; /* what leaving the last complete round gets */
            uint32_t count;           /* 0: unknown */
            uint32_t entered;         /* in this round */
            uint32_t inside;
            bool crowded; /* more threads than count at once: rounds cannot be told apart */
        } barrier;
        struct {
            struct shadow_stamp none; /* empty: where rw.readers lies */
            uintptr_t mutex;          /* that those who wait gave up */
            uint32_t inside;          /* threads in a wait */
            uint32_t
                woken; /* at most so many of them are none of the waiters any more; UINT32_MAX: it is not known */
        } cond;
        struct {
            uint32_t atomic; /* epoch of the last atomic write */
            uint32_t plain;  /* epoch of the last access with evidence of plainness */
            uint32_t generation;
            bool plain_wrote;
            uint8_t bytes;              /* of the last atomic write, as shadow_sync_bytes() */
            struct shadow_exact *exact; /* NULL: no compiled code has used it; owned */
        } word;
    };
    struct shadow_sync *next; /* in the bucket, or unused ones; atomic */
} __attribute__((aligned(64)));

static_assert(offsetof(struct shadow_sync, rw) == 64, "a mutex needs one cache line");

/* Whether its holder may give it back without `lock`, see stamp.h. */
enum shadow_sync_quick { SHADOW_SYNC_NOT_QUICK, SHADOW_SYNC_QUICK, SHADOW_SYNC_NEVER_QUICK };

enum shadow_sync_marks {
    SHADOW_SYNC_WRITTEN = 1,    /* a writer had it */
    SHADOW_SYNC_ORDERED = 2,    /* it is in the graph of lock orders */
    SHADOW_SYNC_MISUSED = 4,    /* a misuse was reported */
    SHADOW_SYNC_COND = 8,       /* it is a condition variable that threads wait on */
    SHADOW_SYNC_REENTRANT = 16, /* the rest: of custom.c, as enum shadow_lock_flags */
    SHADOW_SYNC_STATIC = 32,
    SHADOW_SYNC_NOT_STATIC = 64,
    SHADOW_SYNC_MADE = 128, /* by a call, such as pthread_mutex_init() */
};

/* Bit n: byte n of the aligned 8 that [lo, hi) lies in. */
static inline uint8_t shadow_sync_bytes(uintptr_t lo, uintptr_t hi)
{
    return (uint8_t)(((1u << (hi - lo)) - 1) << (lo & 7));
}

/* s is locked by who changes its stamp without holding the lock that it is, or deletes it. */
void shadow_sync_not_quick(const struct shadow_thread *by, struct shadow_sync *s);

/* The object's address of a word of one granule, and of one of both. */
static inline uintptr_t shadow_sync_word(uintptr_t addr)
{
    return (addr & ~(uintptr_t)3) + 1;
}

static inline uintptr_t shadow_sync_whole(uintptr_t addr)
{
    return (addr & ~(uintptr_t)7) + 1;
}

#define SHADOW_SYNC_BUCKETS 65536u
#define SHADOW_SYNC_STEPS 64u /* a search that is led astray by objects being deleted ends */

extern struct shadow_sync **shadow_sync_buckets;

int shadow_sync_init(void);
struct shadow_sync *shadow_sync_get_slow(uintptr_t addr, bool create);

static inline uint32_t shadow_sync_bucket(uintptr_t addr)
{
    return (uint32_t)((addr >> 6) * 0x9E3779B97F4A7C15ull >> 48) % SHADOW_SYNC_BUCKETS;
}

/* Release: pairs with the exchange of the next holder and the load in shadow_sync_peek(). */
static inline void shadow_sync_put(struct shadow_sync *s)
{
    if (s)
        shadow_cell_give(&s->lock, ++s->version & ~SHADOW_CELL_ESC);
}

/* Takes s's lock; false, and not locked, where it is not addr's object any more. */
static inline bool shadow_sync_lock(struct shadow_sync *s, uintptr_t addr)
{
    shadow_cell_take(&s->lock);
    if (__builtin_expect(__atomic_load_n(&s->addr, __ATOMIC_RELAXED) == addr, 1))
        return true;
    shadow_sync_put(s);
    return false;
}

/* The object that seems to be addr's, not locked; NULL: none was found. */
static inline struct shadow_sync *shadow_sync_find(uintptr_t addr)
{
    /* Acquire: pairs with the release in create() of sync.c. */
    struct shadow_sync *s =
        __atomic_load_n(&shadow_sync_buckets[shadow_sync_bucket(addr)], __ATOMIC_ACQUIRE);

    for (unsigned n = 0; s && n < SHADOW_SYNC_STEPS; n++) {
        if (__atomic_load_n(&s->addr, __ATOMIC_RELAXED) == addr)
            return s;
        s = __atomic_load_n(&s->next, __ATOMIC_ACQUIRE);
    }
    return NULL;
}

/* The object of addr, locked; NULL where there is none (or no memory to create one). */
static inline struct shadow_sync *shadow_sync_get(uintptr_t addr, bool create)
{
    struct shadow_sync *s = shadow_sync_find(addr);

    return s && shadow_sync_lock(s, addr) ? s : shadow_sync_get_slow(addr, create);
}

/*
 * To look at an object without its lock:
 *
 *      if (shadow_sync_peek(s, &version)) { look, following no pointer; if (shadow_sync_same(s, addr, version)) it was so }
 */
static inline bool shadow_sync_peek(const struct shadow_sync *s, uint32_t *version)
{
    *version = __atomic_load_n(&s->lock, __ATOMIC_ACQUIRE); /* shadow_sync_put() */
    return *version != SHADOW_CELL_LOCKED;
}

static inline bool shadow_sync_same(const struct shadow_sync *s, uintptr_t addr, uint32_t version)
{
    bool mine = __atomic_load_n(&s->addr, __ATOMIC_RELAXED) == addr;

    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* orders the looks before this load */
    return mine && __atomic_load_n(&s->lock, __ATOMIC_RELAXED) == version;
}

/* The object that seems to be the word's, its own or that of both granules; *word becomes the object's address. */
static inline struct shadow_sync *shadow_sync_find_word(uintptr_t *word)
{
    uintptr_t whole = shadow_sync_whole(*word);
    struct shadow_sync *s = shadow_sync_find(*word);

    if (s || *word == whole)
        return s;
    s = shadow_sync_find(whole);
    if (!s || !__atomic_load_n(&s->whole, __ATOMIC_RELAXED))
        return NULL;
    *word = whole;
    return s;
}

/* A word's object, as shadow_sync_get(). whole: the operation works on both granules, and word is shadow_sync_whole(). */
struct shadow_sync *shadow_sync_get_word(uintptr_t word, bool whole, bool create);

void shadow_sync_name_lock(struct shadow_thread *t, struct shadow_sync *s,
                           const struct base_where *at);

/* The same, and a lock has an id. */
static inline struct shadow_sync *shadow_sync_get_lock(struct shadow_thread *t, uintptr_t addr,
                                                       const struct base_where *at)
{
    struct shadow_sync *s = shadow_sync_get(addr, true);

    if (s && !s->lock_id)
        shadow_sync_name_lock(t, s, at);
    return s;
}

/* addr's object, if an acquire from it would tell t nothing; *id becomes the lock's. NULL: look closer. */
struct shadow_sync *shadow_sync_knows(const struct shadow_thread *t, uintptr_t addr, uint32_t *id);
/* True if a release into s, which seems to be addr's object (or is NULL), would change nothing. */
bool shadow_sync_says(const struct shadow_thread *t, uintptr_t addr, const struct shadow_sync *s);
/* t releases into s, which is locked; NULL: there was no memory for it. */
void shadow_sync_release_locked(struct shadow_thread *t, struct shadow_sync *s);
/* Of a block that is freed: locks that may have been held, and an atomic operation that the free races with. */
struct shadow_dropped {
    struct shadow_thread *t; /* frees it; NULL: its atomics are not looked at */
    struct shadow_found found;
    unsigned count; /* more than 4 are not kept */
    uint32_t id[4];
    uintptr_t addr[4];
};
/* Forgets the objects in [lo, hi); true if there was one. */
bool shadow_sync_drop_range(uintptr_t lo, uintptr_t hi, struct shadow_dropped *dropped);
/* Carries out t's pending acquires. */
void shadow_sync_flush(struct shadow_thread *t);
/* t will acquire addr at its next call. */
void shadow_sync_pend(struct shadow_thread *t, uintptr_t addr);
/* With the world stopped, after a reset: marks the granules of every sync word again. */
void shadow_sync_mark_words(void);
void shadow_sync_fork_child(void);
/* A plain access to a sync word, see atomic.c. */
struct shadow_found;
void shadow_atomic_plain(struct shadow_thread *t, uintptr_t x, uint32_t mask, uint32_t flags,
                         struct shadow_found *found);

/* Facts of a lock; false: not known any more. */
bool shadow_sync_lock_facts(uint32_t lock_id, struct report_lock *facts);

#endif
