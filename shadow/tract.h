/*
 * shadow/tract.h - who a kilobyte of the program belongs to, so that its owner's accesses need no look at level 2.
 *
 *      NONE      nothing is recorded of it
 *      SHARED    planes A and W say all; each access works on them under its granule's lock
 *      READ      as SHARED, but that nobody writes: who does makes it SHARED first. Threads whose bits stand in `readers`
 *                have joined: every write there is ordered before them. They read without a look at A and W, and where
 *                they did so lately stands in their inline planes alone
 *      BUSY      held: one thread alone works on the tract's A and W, or changes its owner
 *      slot + 4  owned by that slot's thread T. What T did there lately stands in T's inline plane alone: each cell is an
 *                access at the epoch its tag names, later than all that A and W say of the granule, and every access that
 *                A and W know is T's own or ordered before T
 *
 * So nothing that T does in a tract of its own can be a race, and an access needs no more than a store to its inline cell,
 * and to A and W if the cell's older contents say something that the new ones do not. Another thread that comes first folds what
 * T's inline cells say into A and W. The same holds for reads of those who have joined a READ tract; a writer folds what all
 * of them did.
 *
 *      owner T                                 thread U
 *      working := 1                            owner := BUSY
 *      load owner: still T? else go            membarrier(2)
 *      log, fold, store inline cell            wait until T is not working
 *      working := 0                            load T's inline cells
 *
 * membarrier(2) is a fence in every thread, so T needs none: either U sees that T works, or T sees BUSY. T waits for nothing
 * meanwhile and takes no lock. A thread that works on a SHARED tract looks at the owner again once it has its granule's
 * lock; whoever takes the tract meets that lock when it looks at all granules. Where the kernel has no membarrier there
 * are no tracts, and all is as if SHARED. Joined readers go the same way, with their bit for the owner.
 *
 * Order of locks: a sync object's stripe, a tract, a granule.
 */
#ifndef SHADOW_TRACT_H
#define SHADOW_TRACT_H

#include "shadow/thread.h"

#define SHADOW_TRACT_SHIFT 10
#define SHADOW_TRACT ((uintptr_t)1 << SHADOW_TRACT_SHIFT)

enum {
    SHADOW_TRACT_NONE,
    SHADOW_TRACT_SHARED,
    SHADOW_TRACT_READ,
    SHADOW_TRACT_BUSY,
    SHADOW_TRACT_SLOT
};
#define SHADOW_TRACT_READERS 64u /* slots below it can join */

struct shadow_tract {
    uint32_t owner;   /* atomic */
    uint32_t hint;    /* atomic; who came lately, see hint.c */
    uint64_t readers; /* of a READ tract, by slot; changes while BUSY; atomic */
};

extern struct shadow_tract
    *shadow_tracts; /* by address; NULL: there are none. Written at start-up */

static inline struct shadow_tract *shadow_tract_of(uintptr_t x)
{
    return &shadow_tracts[x >> SHADOW_TRACT_SHIFT];
}

static inline uintptr_t shadow_tract_end(uintptr_t x)
{
    return (x | (SHADOW_TRACT - 1)) + 1;
}

/* True if a thread that found x's tract SHARED (for a read: or READ), and has made its next step on A visible, may go on. */
static inline bool shadow_tract_still_shared(uintptr_t x, bool write)
{
    uint32_t owner;

    if (!shadow_tracts)
        return true;
    owner = __atomic_load_n(&shadow_tract_of(x)->owner, __ATOMIC_RELAXED);
    return owner == SHADOW_TRACT_SHARED || (owner == SHADOW_TRACT_READ && !write);
}

/* True if t has joined x's tract, which is READ. Stays so while t is `working`. */
static inline bool shadow_tract_joined(const struct shadow_thread *t, uintptr_t x)
{
    const struct shadow_tract *p = shadow_tract_of(x);

    return __atomic_load_n(&p->owner, __ATOMIC_RELAXED) == SHADOW_TRACT_READ &&
           __atomic_load_n(&p->readers, __ATOMIC_RELAXED) & t->reader;
}

/* t works in a tract of its own, or that it joined. The fences are the other side's, see above. */
static inline void shadow_tract_set_working(struct shadow_thread *t, uint32_t working)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&t->working, working, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline bool shadow_tract_is_own(const struct shadow_thread *t, uintptr_t x)
{
    return shadow_tracts && t->self &&
           __atomic_load_n(&shadow_tract_of(x)->owner, __ATOMIC_RELAXED) == t->self;
}

/* False: the tract is not t's. Else t is at work there until shadow_tract_rest(); nothing then may wait or take a lock.
 * Inside the bracket. */
static inline bool shadow_tract_start(struct shadow_thread *t, uintptr_t x)
{
    if (!shadow_tract_is_own(t, x))
        return false;
    shadow_tract_set_working(t, 1);
    if (shadow_tract_is_own(t, x))
        return true;
    shadow_tract_set_working(t, 0);
    return false;
}

static inline void shadow_tract_rest(struct shadow_thread *t)
{
    shadow_tract_set_working(t, 0);
}

enum shadow_hold { SHADOW_HOLD_SHARED, SHADOW_HOLD_READ, SHADOW_HOLD_OWN };

/* Before t works on A and W of x's tract. OWN: it is t's, and held until shadow_tract_close(); no race can be found
 * there. READ: t reads and has joined, shadow_tract_read() does the rest. Inside the bracket; while a tract is held the world
 * must not be stopped and no stripe be locked. */
enum shadow_hold shadow_tract_open(struct shadow_thread *t, uintptr_t x, bool write);
void shadow_tract_close(struct shadow_thread *t, uintptr_t x);
/* The tract becomes SHARED, whatever it was. t may be NULL with the world stopped. */
void shadow_tract_share(struct shadow_thread *t, uintptr_t x);
/* [lo, hi), whole tracts, and their cells A and W: nothing is recorded any more. */
void shadow_tract_clear(struct shadow_thread *t, uintptr_t lo, uintptr_t hi);
/* The same, but that the caller clears A and W right after. */
void shadow_tract_clear_owners(struct shadow_thread *t, uintptr_t lo, uintptr_t hi);
/* True if of at most `most` tracts with a byte in [lo, hi) anything is recorded. Looks into the table only. */
bool shadow_tract_few(uintptr_t lo, uintptr_t hi, uint32_t most);
/* Nobody but t is at work in a tract of which it does not know yet that it lost it. */
void shadow_tract_shut_all(const struct shadow_thread *t);
/* t took a slot and may own from now on, or does not any more. */
void shadow_tract_begin(struct shadow_thread *t);
/* All that t owns becomes SHARED: before its slot, its plane or the meaning of its tags goes. back: it will go on using
 * it. t itself, or with the world stopped and t shut out. */
void shadow_tract_leave(struct shadow_thread *t, bool back);
/* With the world stopped and the table empty: t owns nothing. */
void shadow_tract_forget(struct shadow_thread *t);

/* ---- of one granule, in a tract that is held ------------------------------------------------------------------ */

/* An access by t: like shadow_granule_visit(), but nothing needs to be checked. */
void shadow_tract_access(struct shadow_thread *t, uintptr_t x, uint32_t mask, bool write);
/* A read by t of a granule in a tract that it joined; false: it is not any more, nothing was done. The tract is not held. */
bool shadow_tract_read(struct shadow_thread *t, uintptr_t x, uint32_t mask);
/* What t's inline plane says of the granule goes to A and W, and is forgotten there. */
void shadow_tract_settle(struct shadow_thread *t, uintptr_t x);

#endif
