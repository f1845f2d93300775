/*
 * shadow/thread.h - the state of one thread, written by itself unless a field says otherwise.
 */
#ifndef SHADOW_THREAD_H
#define SHADOW_THREAD_H

#include "report/report.h"
#include "shadow/cell.h"
#include "shadow/clock.h"
#include "shadow/found.h"
#include "shadow/history.h"
#include "shadow/identity.h"
#include "shadow/limits.h"
#include "shadow/plane.h"
#include "shadow/record.h"
#include "shadow/shadow.h"

/* Why shadow_world_enter() must look closer. */
enum shadow_attention {
    SHADOW_ATTENTION_PENDING = 1, /* acquires of loads that have happened by now */
    SHADOW_ATTENTION_SLOT = 2,    /* no slot: try to get one */
    SHADOW_ATTENTION_TAGS = 4,    /* the common plane's tags are used up */
    SHADOW_ATTENTION_DEAD = 8,
};

#define SHADOW_PENDING 8
#define SHADOW_FAST_OFF UINT32_MAX /* nobody's name as an owner */

enum shadow_life { SHADOW_LIFE_FREE, SHADOW_LIFE_CREATED, SHADOW_LIFE_RUNNING, SHADOW_LIFE_ENDED };

#define SHADOW_HELD 8 /* locks for which a thread has room from the start */
#define SHADOW_LOCK_LEAVES 32
#define SHADOW_ORDERS 512

struct shadow_tract;
struct shadow_sync;

/* A lock that a thread holds. */
struct shadow_held {
    struct shadow_sync *sync; /* its object; NULL: no memory for one */
    uintptr_t addr;           /* the lock's */
    uintptr_t pc, cfa, ret;   /* where it was taken; 0: not known */
    uint32_t id;              /* the lock's */
    uint32_t depth;           /* how often it was taken */
    uint32_t generation;      /* of the rules by which cfa was found */
    uint8_t flags;            /* enum shadow_lock_flags */
    bool inherited;           /* taken before the fork that made this process */
    uintptr_t sp;             /* there; 0: cfa is not known, or not from it */
};

/* How the frame of an instruction that takes locks is found. */
struct shadow_lock_leaf {
    uintptr_t pc;
    struct report_leaf leaf;
    uint32_t generation; /* of the rules */
};

struct shadow_thread {
    uint32_t busy;      /* inside shadow/; read by shadow_world_stop() */
    uint32_t attention; /* enum shadow_attention */
    uint32_t revoked; /* set by others: the inline tag was taken away, see shadow_inline_revoke() */
    uint32_t epoch;   /* slot and clock as a cell with mask 0; 0: no slot, stamp nothing */
    uint32_t slot, clock;
    uint32_t released; /* clock of the last release: what it published, unless dirty */
    bool stamped;      /* some cell holds `epoch` */
    bool acquired;     /* the clock grew since the last release */
    uint8_t npending;
    uint8_t life; /* enum shadow_life; changes under the list lock */
    bool detached;
    uint32_t tag; /* level 1; 0: none, fill nothing */
    uint32_t
        tag_base; /* with a slot and a plane of its own: the number of the tag less the clock, see inline.c */
    uint32_t self;   /* as the owner of tracts; 0: owns none */
    uint32_t visits; /* of SHARED tracts, see hint.c */
    uint64_t reader; /* its bit as a reader of tracts; 0: joins none */
    uint32_t
        fast; /* the same for shadow_fast(), or SHADOW_FAST_OFF; written by others, see shadow_inline_revoke() */
    uint32_t working; /* in shadow_fast(), in a tract of its own; read by others, see tract.h */
    uint64_t cell_xor,
        cell_add; /* x's cell at level 1: (x ^ cell_xor) + cell_add, whatever the form */
    uint32_t kept_cell,
        kept_epoch; /* the cell whose epoch lane.S asked for last, and that epoch; 0: none */
    uint32_t ntracts, tracts_room;
    uintptr_t range_end; /* of the range that it goes through; 0: none */
    uint32_t reach;      /* tracts that it took at once, and the one behind them */
    struct shadow_tract *next_tract;
    struct shadow_tract *
        *tracts; /* what it owns, and some that have gone to others; stays with the state */
    struct shadow_clock *vc;    /* with rest[]: what t knows, in the form that others get */
    uint32_t rest[SHADOW_REST]; /* as in a stamp */
    struct shadow_inline *in;   /* NULL before start and after exit */
    struct shadow_plane *plane;
    struct shadow_history *history;
    struct shadow_identity *identity;
    uintptr_t pending[SHADOW_PENDING];
    uint32_t nowed;                 /* under inline_lock */
    uintptr_t owed[SHADOW_PENDING]; /* words to acquire: see shadow_inline_revoke_granule() */
    struct shadow_found late; /* found by shadow_fast(): the next shadow_access() reports it */
    uint64_t filled; /* cold entries on this plane: whether its memory is worth giving back */
    uint64_t races;
    struct shadow_record_cache records;
    uint32_t blocks,
        nblocks; /* a few unused records, see block.c; stay with the state for its next thread */
    struct shadow_stats stats;
    uint32_t nheld, held_room;
    struct shadow_held *held; /* the locks that it holds, outermost first; see held.h */
    struct shadow_stamp birth, death;
    uintptr_t handle;
    struct shadow_thread *all;  /* every state ever made; pushed, never taken out */
    struct shadow_thread *free; /* unused states */
    struct report_walker walker;
    uint32_t know[SHADOW_SLOT_NONE +
                  1]; /* the same as vc and rest, by slot; but see shadow_thread_knows() */
    bool held_unseen; /* some lock that it held is not in the list: no memory */
    struct shadow_held held_first[SHADOW_HELD];
    struct shadow_lock_leaf lock_leaves[SHADOW_LOCK_LEAVES]; /* by pc */
    uint64_t orders[SHADOW_ORDERS]; /* lock orders that were seen, see order.c */
    struct shadow_thread *same;     /* handles of this hash */
    uint32_t growth;                /* of planes, KiB, that shadow/budget.c has not been told of */
    uint64_t work;                  /* that it had done when shadow_slot_preempt() looked last */
    uint32_t ignoring;              /* bit n: enum shadow_ignore n */
    uint32_t ignores[SHADOW_IGNORES]; /* how often each has begun */
    uint32_t muted;                   /* over 0: reports nothing */
    uint64_t *
        known; /* tracts of which it has recorded every byte in some epoch, see strip.c; NULL: no loop asked */
    uintptr_t range_lo; /* where what it goes through begins, and whether it writes there */
    bool range_writes;
    uintptr_t awaits; /* the barrier that it has come to by shadow_barrier_arrive(); 0: none */
    struct shadow_stamp fence_acquire; /* what its next acquire fence gets; see sequence.h */
    struct shadow_stamp fence_release; /* what it knew at its last release fence */
    struct shadow_found
        told; /* of the access in hand, which is looked at once more; previous 0: nothing */
};

/* Head of the list through `all`. */
extern struct shadow_thread *shadow_threads;

static inline bool shadow_thread_ignores(const struct shadow_thread *t, enum shadow_ignore what)
{
    return __builtin_expect(t->ignoring >> what & 1, 0);
}

static inline uint32_t shadow_thread_knows(const struct shadow_thread *t, uint32_t slot)
{
    return slot == t->slot ? t->clock : t->know[slot];
}

/* True if the access in that cell happened before t's next one. */
static inline bool shadow_thread_ordered(const struct shadow_thread *t, uint32_t cell)
{
    return shadow_cell_clock(cell) <= shadow_thread_knows(t, shadow_cell_slot(cell));
}

/* history=site: only the place of an access, not its callers. Written at start-up. */
extern bool shadow_history_sites;

static inline uint32_t shadow_thread_stack(struct shadow_thread *t, const struct base_where *at)
{
    uint32_t stack;

    if (!at)
        return 0;
    if (at->stack && *at->stack)
        return *at->stack;
    stack = shadow_history_sites ? report_stack_site(at->pc) : report_stack(&t->walker, at);
    if (at->stack)
        *at->stack = stack;
    return stack;
}

static inline void shadow_thread_log(struct shadow_thread *t, uintptr_t addr, size_t size,
                                     unsigned op, bool plain, uint32_t stack)
{
    shadow_history_log(t->history, addr, size, op, plain, t->epoch, stack);
}

/* ---- what a thread knows: stamp.c ---------------------------------------------------------------------- */

/* Threads created and not ended; raised before a thread can run, so a thread that reads 1 is alone. */
extern uint32_t shadow_thread_live;
/* There has been a second thread; false again in a forked child. Changes only while there is one thread. */
extern bool shadow_thread_plural;

/* Ends the epoch if it must end here; returns the clock to publish. */
uint32_t shadow_stamp_epoch(struct shadow_thread *t);
/* The stamp becomes what t knows, joined with what it held unless t knows that already. */
/* Nothing, while t is the only thread that lives: whoever comes later is created by it and knows all it did. */
void shadow_stamp_release(struct shadow_thread *t, struct shadow_stamp *s);
void shadow_stamp_acquire(struct shadow_thread *t, const struct shadow_stamp *s);
/* As a release, but whatever s held is gone. */
void shadow_stamp_store(struct shadow_thread *t, struct shadow_stamp *s);
/* True if joining s with the other one would change nothing; false may be so, too. */
bool shadow_stamp_has(const struct shadow_stamp *s, const struct shadow_stamp *other);
/* False: a release by t changes any stamp. */
static inline bool shadow_stamp_may_say(const struct shadow_thread *t)
{
    return !(t->stamped | t->acquired) ||
           __atomic_load_n(&shadow_thread_live, __ATOMIC_RELAXED) == 1;
}

/* True if an acquire would tell t nothing. The stamp may be changing: follows no pointer. */
bool shadow_stamp_known(const struct shadow_thread *t, const struct shadow_stamp *s);
/* True if a release would change nothing, likewise. */
bool shadow_stamp_published(const struct shadow_thread *t, const struct shadow_stamp *s);
/* t does not know of what was done in that epoch. Of an earlier tenant of the slot nothing is known to compare: false. */
bool shadow_stamp_news(const struct shadow_thread *t, uint32_t cell);
/* The cell of a release that t does not know of, or of what a releaser knew; 0: t knows all. Whatever protects s is held. */
uint32_t shadow_stamp_unknown(const struct shadow_thread *t, const struct shadow_stamp *s);
/* to := to joined with from. */
void shadow_stamp_join(struct shadow_stamp *to, const struct shadow_stamp *from);
void shadow_stamp_drop(struct shadow_stamp *s);
/* t gives its slot up: its own clock there becomes one that it has learnt. */
void shadow_stamp_learn_own(struct shadow_thread *t);
/* All that t knows but its own clock goes into t->vc. */
void shadow_stamp_flatten(struct shadow_thread *t);
/* t knows nothing any more. */
void shadow_stamp_forget(struct shadow_thread *t);
/* What t knew at an earlier clock of its own, or at most what it learnt since; takes a reference. */
void shadow_stamp_copy(const struct shadow_thread *t, uint32_t slot, uint32_t clock,
                       struct shadow_stamp *out);

/* ---- in thread.c --------------------------------------------------------------------------------------- */

/* With the world stopped: what who knew when it made the access in `cell`, or later. Where who is still in that epoch, it
 * begins a new one, so that the epoch's clock goes on naming one vector clock. False: not known any more. */
bool shadow_thread_knowledge(struct shadow_identity *who, uint32_t cell, struct shadow_stamp *out);
/* Who u was, if it has ended and was neither joined nor detached; else NULL. */
const struct shadow_identity *shadow_thread_left(struct shadow_thread *u);
/* Forgets all threads but t (in a forked child). */
void shadow_thread_forget_others(struct shadow_thread *t);

#endif
