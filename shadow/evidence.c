/*
 * shadow/evidence.c - see evidence.h.
 *
 * An atomic load or store of C11 or C++ is a plain mov on this CPU. The first conflict between two of them looks like a
 * race; the renderer reads the debug information and says what it is. Then the edge is drawn that was missed: the
 * world is stopped, since the earlier writer's clock is its own, and what it knows now stands for what it knew then.
 * That can hide a race once a word, and never invents one.
 *
 * Where nothing tells what the two are (no debug information), the finding is reported as likely, and the edge is drawn all the
 * same: what they order, if they are atomic, must not be called certain.
 *
 * sites[] is an open-addressed set of pcs, lock-free; full, it learns no more. DOUBTFUL: never said to be atomic.
 */
#include "shadow/evidence.h"

#include <stddef.h>

#include "base/sys.h"
#include "shadow/sync.h"
#include "shadow/world.h"

#define SITES 16384u
#define PROBES 32u
#define PATIENCE 5000000000u /* nanoseconds: a renderer that hangs */

#define DOUBTFUL ((uintptr_t)1 << 63) /* no address of the program has it */

static uintptr_t sites[SITES];

static uint32_t home(uintptr_t pc)
{
    return (uint32_t)(((pc & ~DOUBTFUL) * 0x9E3779B97F4A7C15ull) >> 50);
}

static bool has(uintptr_t pc)
{
    uint32_t at = home(pc);

    for (uint32_t i = 0; pc && i < PROBES; i++) {
        uintptr_t there = __atomic_load_n(&sites[(at + i) % SITES], __ATOMIC_RELAXED);

        if (there == pc)
            return true;
        if (!there)
            return false;
    }
    return false;
}

static void note(uintptr_t pc)
{
    uint32_t at = home(pc);

    for (uint32_t i = 0; pc & ~DOUBTFUL && i < PROBES; i++) {
        uintptr_t there = 0;

        if (__atomic_compare_exchange_n(&sites[(at + i) % SITES], &there, pc, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
            there == pc)
            return;
    }
}

bool shadow_evidence_atomic(uintptr_t pc)
{
    return has(pc);
}

bool shadow_evidence_any(uintptr_t pc)
{
    return pc && (has(pc) || has(pc | DOUBTFUL));
}

void shadow_evidence_note(uintptr_t pc, bool doubtful)
{
    note(doubtful ? pc | DOUBTFUL : pc);
}

enum report_verdict shadow_evidence_verdict(enum report_kind kind, uintptr_t a, uintptr_t b)
{
    enum report_verdict verdict = report_verdict(kind, a, b);
    uint64_t start = verdict == REPORT_UNKNOWN ? base_sys_now() : 0;

    while (verdict == REPORT_UNKNOWN && base_sys_now() - start < PATIENCE) {
        base_sys_yield();
        verdict = report_verdict(kind, a, b);
    }
    return verdict;
}

static bool is_write(uint8_t op)
{
    return op == REPORT_WRITE || op == REPORT_ATOMIC_STORE || op == REPORT_ATOMIC_RMW;
}

/*
 * t leaves the bracket for a moment: nothing that it looked up before stays true but what it holds. While the world is
 * stopped no other access is between its check and its note in the inline plane, so whoever has the word there and may
 * be about to load it is told. False: t has ended.
 */
static bool turn(struct shadow_thread *t, const struct shadow_now *now, uint32_t cell,
                 struct shadow_identity *who)
{
    struct shadow_stamp from = { 0 };

    shadow_world_stop(t);
    if (cell && !(who && shadow_thread_knowledge(who, cell, &from)))
        shadow_world_want_reset(); /* an edge is lost: nothing before it may be reported */
    shadow_atomic_prove(t, now->addr, now->size, &from);
    shadow_stamp_drop(&from);
    shadow_world_resume();
    return shadow_world_enter(t);
}

void shadow_evidence_hand_over(struct shadow_thread *t, const struct shadow_now *now,
                               const struct shadow_found *found, struct shadow_identity *who)
{
    bool loads =
        now->op == REPORT_READ || now->op == REPORT_ATOMIC_LOAD || now->op == REPORT_ATOMIC_RMW;
    struct shadow_found none = { 0 };

    if (!now->size || now->size > 8 || now->addr % now->size)
        return;
    if (!turn(t, now, loads && found->wrote ? found->previous : 0, who))
        return;
    shadow_atomic_plain(t, now->addr & ~(uintptr_t)3, SHADOW_CELL_MASK,
                        is_write(now->op) ? SHADOW_WRITE : 0, &none);
    if (now->op == REPORT_ATOMIC_RMW)
        shadow_sync_pend(t, shadow_sync_word(now->addr));
}
