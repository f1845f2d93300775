/*
 * shadow/finding.h - from a race to a finding: who, where, with which stacks and locks.
 */
#ifndef SHADOW_FINDING_H
#define SHADOW_FINDING_H

#include "shadow/granule.h"
#include "shadow/held.h"

/* The access that completed a finding. */
struct shadow_now {
    uintptr_t addr;
    size_t size;
    uint8_t op; /* enum report_op */
    bool plain;
    uint32_t stack; /* depot id */
    uintptr_t pc;
};

/* t is inside the bracket and holds no lock. */
void shadow_finding_race(struct shadow_thread *t, const struct shadow_now *now,
                         const struct shadow_found *found);
void shadow_finding_misaligned(struct shadow_thread *t, const struct shadow_now *now);

/* ---- to make a finding from --------------------------------------------------------------------------- */

/* Zeroed; NULL: no memory. It is large, and the program's stack may be small. */
struct report_finding *shadow_finding_new(enum report_kind kind);
void shadow_finding_del(struct report_finding *f);
/* The access itself, by t, as a side. */
void shadow_finding_now(struct report_finding *f, const struct shadow_thread *t,
                        const struct shadow_now *now);
/* The next side; NULL: no more fit. */
struct report_side *shadow_finding_side(struct report_finding *f, enum report_role role,
                                        enum report_op op);
void shadow_finding_thread(struct report_finding *f, const struct shadow_identity *who);
void shadow_finding_lock(struct report_finding *f, uint32_t id);
/* The locks that t holds now, into s and f. */
void shadow_finding_held(struct report_finding *f, struct report_side *s,
                         const struct shadow_thread *t);
/* A side for where who took h, with that stack. */
void shadow_finding_taken(struct report_finding *f, const struct shadow_held *h, uint32_t stack,
                          const struct shadow_identity *who);
/* Where f->addr lies, looking at the stacks of t and who (NULL: none). */
void shadow_finding_locate(struct report_finding *f, const struct shadow_thread *t,
                           const struct shadow_identity *who);

#endif
