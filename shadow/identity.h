/*
 * shadow/identity.h - what a finding says of a thread, also of one that ended long ago.
 *
 * A program may start any number of threads, so identities of ended ones are used again, oldest first, once there are many
 * of them. Whoever keeps one for long keeps its ticket instead of a pointer: that tells whether it still is the same.
 */
#ifndef SHADOW_IDENTITY_H
#define SHADOW_IDENTITY_H

#include "report/report.h"

#define SHADOW_IDENTITIES_KEPT 32768u /* of ended threads, at least */

struct shadow_identity {
    struct report_thread facts;
    uint32_t index;
    struct shadow_history *history; /* only while history->owner is this identity */
    uintptr_t stack_lo, stack_hi;
    struct shadow_identity *next; /* of ended threads, oldest first */
};

/* Names a thread for ever: where its identity is, and its id, which is never another thread's. Zeroed: none. */
struct shadow_ticket {
    uint32_t index, id;
};

/* With an id of its own and nothing else; NULL: no memory. */
struct shadow_identity *shadow_identity_new(void);
/* Its thread has ended and been joined, or never began. */
void shadow_identity_retire(struct shadow_identity *who);
struct shadow_ticket shadow_identity_ticket(const struct shadow_identity *who);
/* NULL: forgotten, or no ticket. */
struct shadow_identity *shadow_identity_of(struct shadow_ticket ticket);
/* How many there have ever been. */
uint32_t shadow_identity_count(void);
void shadow_identity_fork_child(void);

#endif
