/*
 * shadow/finding.c - fills struct report_finding from what the history, the slots and the heap still know.
 *
 * Repeated races must stay cheap: a leaf pc has a budget of full searches, after which only every power of two is
 * looked at. budget[] is shared without a lock; a lost count is a finding looked at once more. Accesses that may be atomic
 * have a larger one: each of them may order others. Once one is passed over, no evidence is enough for `certain` but
 * debug information.
 */
#include "shadow/finding.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/mem.h"
#include "shadow/benign.h"
#include "shadow/evidence.h"
#include "shadow/block.h"
#include "shadow/slot.h"
#include "shadow/sync.h"

#define BUDGET_SITES 4096
#define BUDGET 64
#define BUDGET_DOUBTFUL 4096

static uint32_t budget[BUDGET_SITES];
static bool passed_over;

static uint32_t site_of(uintptr_t pc)
{
    return (uint32_t)((pc * 0x9E3779B97F4A7C15ull) >> 52);
}

static bool affordable(uintptr_t pc)
{
    uint32_t *n = &budget[site_of(pc)];
    uint32_t now = __atomic_add_fetch(n, 1, __ATOMIC_RELAXED);

    return now <= BUDGET || (now & (now - 1)) == 0;
}

static bool worth_a_look(uintptr_t pc)
{
    if (shadow_evidence_atomic(pc))
        return true;
    if (!shadow_evidence_any(pc))
        return affordable(pc);
    if (affordable(pc) || budget[site_of(pc)] <= BUDGET_DOUBTFUL)
        return true;
    passed_over = true;
    return false;
}

static uintptr_t leaf(uint32_t stack)
{
    uintptr_t pc = 0;

    return stack && report_stack_frames(stack, &pc, 1) ? pc : 0;
}

/* ---- parts of any finding ------------------------------------------------------------------------------- */

static struct base_pool findings = BASE_POOL_INIT(sizeof(struct report_finding));

struct report_finding *shadow_finding_new(enum report_kind kind)
{
    struct report_finding *f = base_pool_get(&findings);

    if (f)
        f->kind = (uint8_t)kind;
    return f;
}

void shadow_finding_del(struct report_finding *f)
{
    base_pool_put(&findings, f);
}

void shadow_finding_thread(struct report_finding *f, const struct shadow_identity *who)
{
    for (unsigned i = 0; i < f->nthreads; i++)
        if (f->threads[i].id == who->facts.id)
            return;
    if (f->nthreads < REPORT_THREADS)
        f->threads[f->nthreads++] = who->facts;
}

void shadow_finding_lock(struct report_finding *f, uint32_t id)
{
    for (unsigned i = 0; i < f->nlocks; i++)
        if (f->locks[i].id == id)
            return;
    if (f->nlocks < REPORT_NAMED_LOCKS && shadow_sync_lock_facts(id, &f->locks[f->nlocks]))
        f->nlocks++;
}

struct report_side *shadow_finding_side(struct report_finding *f, enum report_role role,
                                        enum report_op op)
{
    struct report_side *s = &f->sides[f->nsides];

    if (f->nsides == REPORT_SIDES)
        return NULL;
    f->nsides++;
    s->role = (uint8_t)role;
    s->op = (uint8_t)op;
    return s;
}

void shadow_finding_held(struct report_finding *f, struct report_side *s,
                         const struct shadow_thread *t)
{
    for (unsigned i = 0; i < t->nheld && s->nlocks < REPORT_LOCKS; i++) {
        s->locks[s->nlocks++] = t->held[i].id;
        shadow_finding_lock(f, t->held[i].id);
    }
}

void shadow_finding_taken(struct report_finding *f, const struct shadow_held *h, uint32_t stack,
                          const struct shadow_identity *who)
{
    struct report_side *s = shadow_finding_side(f, REPORT_LOCKED, REPORT_LOCK);

    if (!s)
        return;
    s->addr = h->addr;
    s->lock = h->id;
    s->stack = stack;
    s->thread = who->facts.id;
    shadow_finding_thread(f, who);
}

void shadow_finding_now(struct report_finding *f, const struct shadow_thread *t,
                        const struct shadow_now *now)
{
    struct report_side *s = shadow_finding_side(f, REPORT_ACCESS, now->op);

    s->plain = now->plain;
    s->size = (uint32_t)now->size;
    s->addr = now->addr;
    s->thread = t->identity->facts.id;
    s->stack = now->stack;
    s->lost = now->stack == 0;
    shadow_finding_held(f, s, t);
    shadow_finding_thread(f, t->identity);
}

/* ---- races ---------------------------------------------------------------------------------------------- */

/* Looks the earlier access up; *past is zeroed where it is lost. */
static void look_back(const struct shadow_found *found, struct shadow_identity **who,
                      struct shadow_past *past)
{
    uint32_t slot = shadow_cell_slot(found->previous), clock = shadow_cell_clock(found->previous);
    struct shadow_query q = { .slot = slot,
                              .clock = found->mixed && !found->exact ? 0 : clock,
                              .addr = found->addr,
                              .len = found->size,
                              .writes = found->wrote };

    base_mem_set(past, 0, sizeof(*past));
    *who = shadow_slot_who(slot, clock);
    if (*who && (*who)->history)
        shadow_history_find((*who)->history, *who, &q, past);
}

static void past_side(struct report_finding *f, const struct shadow_found *found,
                      const struct shadow_identity *who, const struct shadow_past *past)
{
    struct report_side *s =
        shadow_finding_side(f, REPORT_PREVIOUS, found->wrote ? REPORT_WRITE : REPORT_READ);

    s->size = found->size;
    s->addr = found->addr;
    s->lost = past->stack == 0;
    if (who) {
        s->thread = who->facts.id;
        shadow_finding_thread(f, who);
    }
    if (!past->size)
        return;
    s->op = past->op;
    s->plain = past->plain;
    s->size = past->size;
    s->addr = past->addr;
    s->stack = past->stack;
    for (unsigned i = 0; i < past->nlocks; i++) {
        s->locks[s->nlocks++] = past->locks[i];
        shadow_finding_lock(f, past->locks[i]);
    }
}

static void locate(struct report_finding *f, const struct shadow_thread *t,
                   const struct shadow_identity *who, struct shadow_block *block, bool have_block)
{
    const struct shadow_identity *of[2] = { t->identity, who }, *owner;
    int fd = shadow_descriptor_of(f->addr);

    if (fd >= 0) {
        f->location.type = REPORT_PLACE_DESCRIPTOR;
        f->location.block = (unsigned)fd;
        return;
    }
    if (have_block) {
        owner = shadow_identity_of(block->owner);
        f->location.type = REPORT_PLACE_HEAP;
        f->location.block = block->addr;
        f->location.block_size = block->size;
        f->location.stack = block->stack;
        f->location.thread = block->owner.id;
        if (owner)
            shadow_finding_thread(f, owner);
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        if (of[i] && f->addr >= of[i]->stack_lo && f->addr < of[i]->stack_hi) {
            f->location.type = REPORT_PLACE_STACK;
            f->location.block = of[i]->stack_lo;
            f->location.block_size = of[i]->stack_hi - of[i]->stack_lo;
            f->location.thread = of[i]->facts.id;
            return;
        }
}

static enum report_kind kind_of(const struct shadow_now *now, const struct shadow_found *found,
                                const struct shadow_past *past, bool freed)
{
    if (now->op == REPORT_FREE || past->op == REPORT_FREE || (freed && !past->size))
        return REPORT_HEAP_USE_AFTER_FREE;
    return found->mixed ? REPORT_MIXED_ATOMIC : REPORT_DATA_RACE;
}

static bool is_atomic_op(uint8_t op)
{
    return op == REPORT_ATOMIC_LOAD || op == REPORT_ATOMIC_STORE || op == REPORT_ATOMIC_RMW;
}

/* Both sides are known to be atomic accesses. An earlier one that is lost gets the benefit of the doubt, and so does
 * what malloc is taken to have written where an atomic instruction works. */
static bool both_atomic(const struct shadow_now *now, const struct shadow_found *found,
                        const struct shadow_past *past, const struct shadow_block *block)
{
    uintptr_t earlier = leaf(past->stack);

    if (found->exact || now->plain || past->plain || past->op == REPORT_FREE)
        return false;
    if (is_atomic_op(now->op) && block && past->stack == block->stack && past->addr == block->addr)
        return true;
    return (is_atomic_op(now->op) || shadow_evidence_atomic(now->pc)) &&
           (!earlier || is_atomic_op(past->op) || shadow_evidence_atomic(earlier));
}

void shadow_finding_locate(struct report_finding *f, const struct shadow_thread *t,
                           const struct shadow_identity *who)
{
    struct shadow_block block;

    locate(f, t, who, &block, shadow_block_find(f->addr, &block));
}

static void emit(struct shadow_thread *t, const struct shadow_now *now,
                 const struct shadow_found *found, struct shadow_identity *who,
                 const struct shadow_past *past, enum report_kind kind, struct shadow_block *block)
{
    struct report_finding *f = shadow_finding_new(kind);

    if (!f)
        return;
    f->addr = found->addr;
    f->size = found->size;
    f->doubtful = passed_over;
    shadow_finding_now(f, t, now);
    past_side(f, found, who, past);
    locate(f, t, who, block, block != NULL);
    report_emit(f);
    shadow_finding_del(f);
}

/* A pair of places is reported once, but each new word that they meet on may be an atomic one. */
void shadow_finding_race(struct shadow_thread *t, const struct shadow_now *now,
                         const struct shadow_found *found)
{
    struct shadow_identity *who;
    struct shadow_past past;
    struct shadow_block block;
    bool have_block, atomic;
    enum report_verdict verdict;
    enum report_kind kind;

    t->races++;
    if (t->muted || shadow_benign_has(found->addr))
        return;
    if (found->mixed && !now->plain && !is_atomic_op(now->op) && shadow_evidence_atomic(now->pc))
        return; /* it was looked at more closely */
    if (!worth_a_look(now->pc))
        return;
    look_back(found, &who, &past);
    have_block = shadow_block_find(found->addr, &block);
    atomic = !found->sizes && both_atomic(now, found, &past, have_block ? &block : NULL);
    kind = kind_of(now, found, &past, have_block && block.freed);
    if (!atomic) {
        if (!report_seen(kind, now->pc, leaf(past.stack)))
            emit(t, now, found, who, &past, kind, have_block ? &block : NULL);
        verdict = shadow_evidence_verdict(kind, now->pc, leaf(past.stack));
        atomic = verdict == REPORT_ATOMIC || (verdict == REPORT_UNPROVEN && !found->mixed);
        if (atomic) {
            shadow_evidence_note(now->pc, verdict == REPORT_UNPROVEN);
            shadow_evidence_note(leaf(past.stack), verdict == REPORT_UNPROVEN);
        }
    }
    if (atomic)
        shadow_evidence_hand_over(t, now, found, who);
}

void shadow_finding_misaligned(struct shadow_thread *t, const struct shadow_now *now)
{
    struct report_finding *f;

    if (t->muted || !affordable(now->pc) || report_seen(REPORT_MISALIGNED_ATOMIC, now->pc, 0))
        return;
    f = shadow_finding_new(REPORT_MISALIGNED_ATOMIC);
    if (!f)
        return;
    f->addr = now->addr;
    f->size = (uint32_t)now->size;
    shadow_finding_now(f, t, now);
    report_emit(f);
    shadow_finding_del(f);
}
