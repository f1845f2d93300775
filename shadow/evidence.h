/*
 * shadow/evidence.h - words that turn out to be atomic late, by debug information: tier T1 of docs/design.md.
 */
#ifndef SHADOW_EVIDENCE_H
#define SHADOW_EVIDENCE_H

#include "shadow/finding.h"

/* True if the debug information said that the access at pc is an atomic one. */
bool shadow_evidence_atomic(uintptr_t pc);
/* That, or nothing told what it is. */
bool shadow_evidence_any(uintptr_t pc);
void shadow_evidence_note(uintptr_t pc, bool doubtful);
/* What became of the finding; waits where another thread has sent one like it and has no answer yet. */
enum report_verdict shadow_evidence_verdict(enum report_kind kind, uintptr_t a, uintptr_t b);
/* The two accesses are atomic, or may be: the word is a sync word from now on, a load among them gets what the earlier writer knew,
 * a store releases. As shadow_finding_race(): inside the bracket, no lock held. */
void shadow_evidence_hand_over(struct shadow_thread *t, const struct shadow_now *now,
                               const struct shadow_found *found, struct shadow_identity *who);

/* In atomic.c: [addr, addr + size) becomes sync words that carry *from. */
void shadow_atomic_prove(struct shadow_thread *t, uintptr_t addr, size_t size,
                         const struct shadow_stamp *from);

#endif
