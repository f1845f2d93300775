/*
 * shadow/trail.c - learns steps.
 */
#include "shadow/trail.h"

#include "shadow/thread.h"

static bool same(const struct shadow_chain *c, const struct report_word *words, uint32_t n)
{
    if (!c->serial || c->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (c->words[i].at != words[i].at || c->words[i].value != words[i].value)
            return false;
    return true;
}

/* The chain with these words, made in place of another one if need be. Its place comes from where the innermost frame
 * lies and what called it. */
static uint8_t chain_of(struct shadow_trails *trails, const struct report_word *words, uint32_t n)
{
    uint64_t h = n ? (uintptr_t)words[n - 1].at ^ words[0].value ^ n : 0;
    uint8_t at;
    struct shadow_chain *c;

    for (uint32_t i = 0; i < n; i++)
        h = (h ^ words[i].value ^ (uintptr_t)words[i].at) * 0x9E3779B97F4A7C15ull;
    at = (uint8_t)(h >> 59) % SHADOW_CHAINS;
    c = &trails->chains[at];
    if (!same(c, words, n)) {
        c->serial = ++trails->serials;
        c->n = n;
        for (uint32_t i = 0; i < n; i++)
            c->words[i] = words[i];
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
