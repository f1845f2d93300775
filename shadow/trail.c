/*
 * shadow/trail.c - learns steps and calls.
 */
#include "shadow/trail.h"

#include "shadow/thread.h"

static bool same(const struct report_word *a, const struct report_word *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i].at != b[i].at || a[i].value != b[i].value)
            return false;
    return true;
}

static void copy(struct report_word *to, const struct report_word *from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] = from[i];
}

/* 16 bits. */
static uint16_t hash(const struct report_word *words, uint32_t n)
{
    uint64_t h = n ? (uintptr_t)words[n - 1].at ^ words[0].value ^ n : 0;

    for (uint32_t i = 0; i < n; i++)
        h = (h ^ words[i].value ^ (uintptr_t)words[i].at) * 0x9E3779B97F4A7C15ull;
    return (uint16_t)(h >> 48);
}

/* The chain with these words, made in place of another one if need be. Its place comes from where the innermost frame
 * lies and what called it. */
static uint16_t chain_of(struct shadow_trails *trails, const struct report_word *words, uint32_t n)
{
    uint16_t at = hash(words, n) % SHADOW_CHAINS;
    struct shadow_chain *c = &trails->chains[at];

    if (!c->serial || c->n != n || !same(c->words, words, n)) {
        c->serial = ++trails->serials;
        c->n = n;
        copy(c->words, words, n);
    }
    return at;
}

void shadow_trail_learn(struct shadow_thread *t, const struct base_where *at, uint64_t what,
                        uint32_t stack)
{
    struct report_word words[SHADOW_CHAIN_WORDS];
    uint32_t index = shadow_trail_index(at->number, at->sp);
    struct shadow_step *s = &t->trails.steps[index];
    bool bp = false;
    uint32_t n = 0;

    if (!stack || shadow_trail_find(&t->trails, at->number, at->sp, at->bp))
        return;
    if (!shadow_history_sites) {
        n = report_stack_words(&t->walker, at, words, SHADOW_CHAIN_WORDS, &bp);
        if (!n)
            return;
    }
    t->trails.steps[index ^ 1] = *s; /* the newer one first */
    *s = (struct shadow_step){ .number = at->number,
                               .stack = stack,
                               .sp = at->sp,
                               .bp = at->bp,
                               .what = (uint16_t)(what >> 48),
                               .chain = chain_of(&t->trails, words, n),
                               .uses_bp = bp };
    s->serial = t->trails.chains[s->chain].serial;
}

/* ---- calls ------------------------------------------------------------------------------------------------- */

static bool is_call(const struct shadow_calls *calls, const struct shadow_call *c,
                    const struct base_where *at)
{
    const struct shadow_call_chain *chain = &calls->chains[c->chain];

    return c->pc == at->pc && c->sp == at->sp && c->serial == chain->serial &&
           (!c->uses_bp || c->bp == at->bp) && shadow_trail_same(chain->words, chain->n);
}

static uint16_t call_chain_of(struct shadow_calls *calls, const struct report_word *words,
                              uint32_t n)
{
    uint16_t at = hash(words, n) % SHADOW_CALL_CHAINS;
    struct shadow_call_chain *c = &calls->chains[at];

    if (!c->serial || c->n != n || !same(c->words, words, n)) {
        c->serial = ++calls->serials;
        c->n = n;
        copy(c->words, words, n);
    }
    return at;
}

static uint32_t learn_call(struct shadow_thread *t, struct shadow_call *c,
                           const struct base_where *at)
{
    struct report_word words[SHADOW_CALL_WORDS];
    uint32_t stack = report_stack(&t->walker, at), n;
    bool bp = false;

    n = stack ? report_stack_words(&t->walker, at, words, SHADOW_CALL_WORDS, &bp) : 0;
    if (!n)
        return stack;
    *c = (struct shadow_call){ .pc = at->pc,
                               .sp = at->sp,
                               .bp = at->bp,
                               .stack = stack,
                               .chain = call_chain_of(&t->calls, words, n),
                               .uses_bp = bp };
    c->serial = t->calls.chains[c->chain].serial;
    return stack;
}

uint32_t shadow_trail_call(struct shadow_thread *t, const struct base_where *at)
{
    uintptr_t h = (at->pc ^ at->sp << 20) * 0x9E3779B97F4A7C15ull >> 32;
    struct shadow_call *set = &t->calls.calls[h % SHADOW_CALLS & ~(SHADOW_CALL_PLACES - 1)];

    for (unsigned i = 0; i < SHADOW_CALL_PLACES; i++)
        if (is_call(&t->calls, &set[i], at))
            return set[i].stack;
    return learn_call(t, &set[t->calls.turn++ % SHADOW_CALL_PLACES], at);
}

void shadow_trail_forget(struct shadow_thread *t)
{
    for (unsigned i = 0; i < SHADOW_CHAINS; i++)
        if (t->trails.chains[i].serial)
            t->trails.chains[i].serial = 0;
    for (unsigned i = 0; i < SHADOW_CALL_CHAINS; i++)
        if (t->calls.chains[i].serial)
            t->calls.chains[i].serial = 0;
}
