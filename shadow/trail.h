/*
 * shadow/trail.h - which stack an instruction had when it was last here, and how to see that it has the same again; likewise
 * who called a wrapper, or an instruction that calls in each time.
 *
 * For shadow_fast(), which cannot walk. A step is an instruction at one depth of the stack, with the event that its next
 * access will be; it hangs on a chain of callers: the words of memory that the walk's result came from. Steps of the
 * same frame share a chain. A step has two places, a chain one; a chain that is replaced gets another serial. The tables are so large because a
 * miss is a walk; what is not used is not touched.
 */
#ifndef SHADOW_TRAIL_H
#define SHADOW_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "report/report.h"

#define SHADOW_STEPS 2048u
#define SHADOW_CHAINS 256u
#define SHADOW_CHAIN_WORDS 24u

struct shadow_step {
    uint32_t number; /* base_where.number; 0: unused */
    uint32_t stack;  /* depot */
    uintptr_t sp, bp;
    uint16_t what; /* upper bits of struct shadow_event.what */
    uint16_t chain;
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

/* The same for a place that has no number: a wrapper's caller. */
#define SHADOW_CALLS 512u
#define SHADOW_CALL_PLACES 4u /* of one pc and sp: who calls may differ further out */
#define SHADOW_CALL_CHAINS 128u
#define SHADOW_CALL_WORDS 36u

struct shadow_call {
    uintptr_t pc, sp, bp; /* pc 0: unused */
    uint32_t stack;       /* depot */
    uint32_t serial;      /* of the chain */
    uint16_t chain;
    bool uses_bp;
};

struct shadow_call_chain {
    uint32_t serial, n;
    struct report_word words[SHADOW_CALL_WORDS];
};

struct shadow_calls {
    uint32_t serials, turn;
    struct shadow_call calls[SHADOW_CALLS];
    struct shadow_call_chain chains[SHADOW_CALL_CHAINS];
};

struct shadow_thread;

static inline bool shadow_trail_same(const struct report_word *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (*(const volatile uint64_t *)words[i].at != words[i].value)
            return false;
    return true;
}

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
    return shadow_trail_same(c->words, c->n);
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
/* The state becomes another thread's: no step and no call holds any more. */
void shadow_trail_forget(struct shadow_thread *t);
/* What report_stack() says of `at`, which is learnt. */
uint32_t shadow_trail_call(struct shadow_thread *t, const struct base_where *at);

#endif
