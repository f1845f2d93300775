/*
 * shadow/order.h - the graph of lock orders, and its cycles: potential deadlocks.
 *
 * An edge from lock A to lock B says that some thread asked for B while it held A. A cycle whose edges could be at work at
 * the same time can deadlock (Goodlock: Havelund, SPIN 2000; Bensalem and Havelund, HVC 2005, for cycles of any length and
 * guards): no two of them were seen under a lock in common, but for readers of it, and at each lock of the cycle one side
 * shuts the other out. Whether the edges come from different threads is not asked: the next run may have it so. But where all are of
 * one thread, a lock on its own stack that no call has made counts for nothing: a std::mutex in the same place, of another call.
 *
 * An edge is kept with its contexts, the sets of locks held, but for those that say no more than another one.
 */
#ifndef SHADOW_ORDER_H
#define SHADOW_ORDER_H

#include "shadow/thread.h"

#define SHADOW_ORDER_HELD 12

struct shadow_order_edge;

struct shadow_order_node {
    uint32_t id;             /* of the lock */
    uint32_t seen, distance; /* of the search in hand */
    struct shadow_order_edge *out, *in;
    struct shadow_order_node *next;  /* in its bucket */
    struct shadow_order_node *queue; /* of the search in hand */
};

/* How an edge was seen. */
struct shadow_order_context {
    struct shadow_order_context *next;
    struct shadow_identity *who;
    uint32_t from_stack, to_stack;
    uint32_t nheld;
    bool from_shared, to_shared;
    bool fleeting;  /* one of the two lies on who's stack, and no call has made it */
    bool waits;     /* to_shared, but such a reader waits for a writer that waits */
    uint32_t *held; /* ids << 1 | shared, ascending; `few`, or a block from order.c */
    uint32_t few[SHADOW_ORDER_HELD];
};

struct shadow_order_edge {
    struct shadow_order_node *from, *to;
    struct shadow_order_edge *next_out, **at_out, *next_in, **at_in, *next,
        **at; /* in lists; the last: its bucket */
    struct shadow_order_context *contexts;
    uint32_t ncontexts;
};

/* t, which holds locks, is about to wait for that lock. Inside the bracket, with no lock of ours held. */
void shadow_order_wanted(struct shadow_thread *t, uintptr_t lock, uint32_t id, unsigned flags,
                         const struct base_where *at);
/* The lock is gone. A stripe of sync.c may be locked. */
void shadow_order_forget(uint32_t id);
void shadow_order_fork_child(void);

/* ---- in cycle.c, with the graph's lock held ----------------------------------------------------------------- */

#define SHADOW_CYCLE_MAX 1024 /* locks of the longest cycle that is found */

struct shadow_cycle {
    uint32_t length;
    struct shadow_order_edge *edges[SHADOW_CYCLE_MAX];
    struct shadow_order_context *contexts[SHADOW_CYCLE_MAX];
};

/* A cycle that edge closes in that new context, a short one first. NULL: none, or it was found before. */
const struct shadow_cycle *shadow_cycle_find(struct shadow_order_edge *edge,
                                             struct shadow_order_context *context);
/* The finding that tells of it; NULL: no memory. */
struct report_finding *shadow_cycle_finding(const struct shadow_cycle *c);

#endif
