/*
 * report/render/locks.h - findings about locks and threads: their words, their fingerprints, what makes two of them one.
 */
#ifndef REPORT_RENDER_LOCKS_H
#define REPORT_RENDER_LOCKS_H

#include "report/render/model.h"

/* True for what some programs do on purpose: a thread that ends with a lock, in a process that ends. */
bool render_locks_may_be_meant(const struct render_finding *f);
/* True for mutex-misuse, lock-order-inversion and thread-leak. */
bool render_locks_concern(const struct render_finding *f);
/* The member of l that a lock's address leads to becomes the lock itself, without the insides of its type. */
void render_locks_trim(struct render_location *l);
/* Allocated. */
char *render_locks_message(const struct render_finding *f);
/* Of names only, and the same whichever order of a cycle was seen last. */
uint64_t render_locks_fingerprint(const struct render_finding *f);
/* As render_same_key(). Allocated. */
char *render_locks_key(const struct render_finding *f);
/* True if the cycle has more locks than there are stacks in the finding. */
bool render_locks_cut(const struct render_finding *f);
/* The lock with that id; NULL: the finding does not name it. */
const struct render_lock *render_locks_find(const struct render_finding *f, uint32_t id);

#endif
