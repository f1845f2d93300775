/*
 * shadow/trail.h - which stack an instruction had when it was last here, and how to see that it has the same again.
 *
 * For shadow_fast(), which cannot walk. A step is an instruction at one depth of the stack, with the event that its next
 * access will be; it hangs on a chain of callers: the words of memory that the walk's result came from. Steps of the
 * same frame share a chain. Both tables are small; a step has two
 * places, a chain one; a chain that is replaced gets another serial.
 */
#ifndef SHADOW_TRAIL_H
#define SHADOW_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "report/report.h"

#define SHADOW_STEPS 512u
#define SHADOW_CHAINS 32u
#define SHADOW_CHAIN_WORDS 24u

struct shadow_step {
    uint32_t number; /* base_where.number; 0: unused */
    uint32_t stack;  /* depot */
    uintptr_t sp, bp;
    uint16_t what; /* upper bits of struct shadow_event.what */
    uint8_t chain;
    bool uses_bp;
    uint32_t serial; /* of the chain */
};

struct shadow_chain {
    uint32_t serial, n;
    struct report_word words[SHADOW_CHAIN_WORDS];
};

struct shadow_trails {
    uint32_t serials; /* drawn so far */
    struct shadow_step steps[SHADOW_STEPS];
    struct shadow_chain chains[SHADOW_CHAINS];
};

struct shadow_thread;

static inline uint32_t shadow_trail_index(uint32_t number, uintptr_t sp)
{
    return (2 * number ^ (uint32_t)(sp >> 4)) % SHADOW_STEPS;
}

static inline bool shadow_trail_is(const struct shadow_trails *trails, const struct shadow_step *s,
                                   uint32_t number, uintptr_t sp, uintptr_t bp)
{
    const struct shadow_chain *c = &trails->chains[s->chain];

    if (s->number != number || s->sp != sp || c->serial != s->serial || (s->uses_bp && s->bp != bp))
        return false;
    for (uint32_t i = 0; i < c->n; i++)
        if (*(const volatile uint64_t *)c->words[i].at != c->words[i].value)
            return false;
    return true;
}

/* The step of that instruction with these registers, if nothing has changed since it was learnt. NULL: walk. */
static inline const struct shadow_step *shadow_trail_find(const struct shadow_trails *trails,
                                                          uint32_t number, uintptr_t sp,
                                                          uintptr_t bp)
{
    const struct shadow_step *s = &trails->steps[shadow_trail_index(number, sp)];

    if (shadow_trail_is(trails, s, number, sp, bp))
        return s;
    s = &trails->steps[shadow_trail_index(number, sp) ^ 1];
    return shadow_trail_is(trails, s, number, sp, bp) ? s : NULL;
}

/* After report_stack(&t->walker, at) returned `stack`. what: of the event, with address 0. */
void shadow_trail_learn(struct shadow_thread *t, const struct base_where *at, uint64_t what,
                        uint32_t stack);

#endif
