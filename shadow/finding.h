/*
 * shadow/finding.h - from a race to a finding: who, where, with which stacks and locks.
 */
#ifndef SHADOW_FINDING_H
#define SHADOW_FINDING_H

#include "shadow/granule.h"

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

#endif
