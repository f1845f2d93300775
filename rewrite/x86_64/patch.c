/*
 * rewrite/x86_64/patch.c - where in a unit jumps to its copy are put.
 *
 * A thread is in original code after a call, an indirect jump or an unwind. It must be back in checked code at its next
 * access at the latest. So we follow the original code from every place where it can be entered that way (behind calls and
 * jumps, places with a name; in units with jump tables every access) to the first access on each path, and put a jump at or
 * before that access. What lies behind is run in the copy only and needs none.
 *
 * Tactics, first what needs no memory:
 *   direct, pun, prefix   see jump.h
 *   cover    the jump takes the instructions behind it too, none of which can be entered but through it
 *   evict    the successor is patched first, which changes the bytes it lends
 *   steer    the successor is a call, which is sent to its target by way of a stub: where that lies decides what bytes it lends
 *
 * All is done on a copy of the text, which then replaces it in one go: other units on the same pages are being run.
 */
#include "rewrite/x86_64/patch.h"

#include "base/mem.h"
#include "rewrite/area.h"
#include "rewrite/x86_64/encode.h"
#include "rewrite/x86_64/jump.h"
#include "rewrite/x86_64/liveness.h"

struct patcher {
    const struct unit *u;
    const struct unit_copy *copy;
    struct jump_text text;
    uint8_t *state; /* one byte an instruction: enum patch_state */
    uint8_t *
        reach; /* one byte an instruction: enum reach, whether a thread may be in the original there */
    bool fresh; /* a stub may take new memory: only where none in use will do */
};

enum reach { REACH_NO, REACH_PENDING, REACH_YES };
enum patch_state { PATCH_NONE, PATCH_WANTED, PATCH_DONE, PATCH_FAILED };

static uintptr_t copy_of(const struct patcher *p, uint32_t i)
{
    return p->copy->hot + p->u->insns[i].copy;
}

static bool is_patched(const struct patcher *p, uint32_t i)
{
    return p->state[i] == PATCH_DONE;
}

/* Calls run in place and stay; everything else may become a jump. */
static bool patchable(const struct patcher *p, uint32_t i)
{
    return p->u->insns[i].len >= 2 && !insn_is_call(&p->u->insns[i]);
}

/* Entered by nothing but the instruction before it. */
static bool only_falls_in(const struct patcher *p, uint32_t i)
{
    const struct insn *in = &p->u->insns[i];

    return !in->leader && !insn_is_call(in) && !p->u->anywhere && !is_patched(p, i);
}

/* Bytes of instruction i and of what may be covered behind it, once they are enough for a jump; else 0. */
static unsigned span_of(const struct patcher *p, uint32_t i)
{
    const struct insn *insns = p->u->insns;
    unsigned span = insns[i].len;

    while (span < JUMP_BYTES && ++i < p->u->n) {
        if (!only_falls_in(p, i))
            return 0;
        span += insns[i].len;
    }
    if (span >= JUMP_BYTES)
        return span;
    return insn_is_terminal(&insns[p->u->n - 1]) && p->u->hi + JUMP_BYTES - span <= p->u->next &&
                   patch_is_padding(p->u->module, p->u->hi, p->u->hi + JUMP_BYTES - span)
               ? JUMP_BYTES
               : 0;
}

static bool patch_insn(struct patcher *p, uint32_t i)
{
    const struct insn *in = &p->u->insns[i];
    unsigned span = span_of(p, i);

    if (span && !jump_any_locked(&p->text, in->off, span) &&
        jump_direct(&p->text, in->off, span, copy_of(p, i)))
        return true;
    return in->len < JUMP_BYTES && !jump_any_locked(&p->text, in->off, in->len) &&
           jump_pun(&p->text, in->off, in->len, copy_of(p, i), p->fresh);
}

/* A successor with a jump of its own lends other bytes. */
static bool evict(struct patcher *p, uint32_t i)
{
    if (!patchable(p, i + 1) || is_patched(p, i + 1) || !patch_insn(p, i + 1))
        return false;
    p->state[i + 1] = PATCH_DONE;
    return patch_insn(p, i);
}

/* Instruction i is a call of 5 bytes, none of which a jump before it has borrowed. */
static bool steerable(const struct patcher *p, uint32_t i)
{
    const struct insn *in = &p->u->insns[i];

    if (in->cls != INSN_CALL || in->len != JUMP_BYTES || in->off < p->u->lo + 2 * JUMP_BYTES)
        return false;
    for (uint32_t j = i; j-- > 0 && p->u->insns[j].off + 2 * JUMP_BYTES > in->off;)
        if (is_patched(p, j))
            return false;
    return true;
}

/* Sends the call whose displacement is at disp, and which returns to `back`, to `target` through a stub below the module that lies
 * at a distance of which these bits are the lower ones. */
static bool steer_call(uint8_t *disp, uintptr_t back, uintptr_t target, uint32_t bits,
                       uint32_t mask)
{
    for (uint32_t distance = 1u << 16; distance < 1u << 31; distance *= 2) {
        int32_t rel = (int32_t)((-distance & ~mask) | bits);
        uintptr_t at = back + (uintptr_t)(intptr_t)rel;

        if (area_stub(at, at + 8, target, true) == at)
            return emit_displace(disp, back - 4, at);
    }
    return false;
}

/* What a call lends are the first bytes of its displacement, which become the upper ones of the jump before it. They are to say
 * "below the module", where nothing of the program's is. Stubs have addresses that are multiples of 8. */
static bool steer(struct patcher *p, uint32_t i)
{
    const struct insn *in = &p->u->insns[i], *call = in + 1;
    uint8_t *disp = p->text.bytes + (call->off + 1 - p->text.lo);
    uintptr_t back = p->u->module->bias + call->off + JUMP_BYTES;
    uint32_t mask = in->len == 2 ? 0xFFFF : 0xFF, odd = (uint32_t)-back & 7;
    int32_t rel;

    if (in->len > 3 || jump_any_locked(&p->text, in->off, in->len) || !steerable(p, i + 1))
        return false;
    base_mem_copy(&rel, disp, 4);
    for (uint32_t down = 8; down <= mask / 2 + 1; down *= 2) {
        if (!steer_call(disp, back, back + (uintptr_t)(intptr_t)rel, (-down & mask) | odd, mask))
            break;
        if (patch_insn(p, i))
            return true;
    }
    base_mem_copy(disp, &rel, 4);
    return false;
}

static bool attempt(struct patcher *p, uint32_t i)
{
    if (is_patched(p, i))
        return true;
    if (!patchable(p, i))
        return false;
    if (!patch_insn(p, i) && !(p->fresh && i + 1 < p->u->n && (evict(p, i) || steer(p, i))))
        return false;
    p->state[i] = PATCH_DONE;
    return true;
}

/* ---- where the original can be ----------------------------------------------------------------------------- */

/* The original must not get there: an access, or a branch to where its code is not whole any more. */
static bool must_stop(const struct insn *in)
{
    return insn_is_site(in) || in->astray;
}

static bool run_starts(const struct unit *u, const struct insn *in)
{
    return in->leader || (u->anywhere && insn_is_site(in));
}

static void reach_later(struct patcher *p, uint32_t i)
{
    if (i < p->u->n && p->reach[i] == REACH_NO)
        p->reach[i] = REACH_PENDING;
}

/* Follows the original from i to its first stop. Targets of branches are left pending. */
static void follow(struct patcher *p, uint32_t i)
{
    for (; i < p->u->n && p->reach[i] != REACH_YES; i++) {
        const struct insn *in = &p->u->insns[i];

        p->reach[i] = REACH_YES;
        if (must_stop(in))
            return;
        if (insn_is_branch(in))
            reach_later(p, in->target_index);
        if (insn_is_terminal(in) || insn_is_call(in))
            return;
    }
}

/* Entered by a return, an unwind, an indirect call or jump. A block that nothing falls into and no branch of its unit
 * leads to is a landing pad or a case of a table; compilers give landing pads blocks of their own. */
static bool entered_unseen(const struct patcher *p, uint32_t i)
{
    const struct insn *in = &p->u->insns[i];

    if (i == 0)
        return !p->u->info->taken;
    if (in->door || insn_is_call(in - 1) || (p->u->anywhere && insn_is_site(in)))
        return true;
    return insn_is_terminal(in - 1) && !in->branched_to;
}

static void find_reach(struct patcher *p)
{
    bool again = true;

    for (uint32_t i = 0; i < p->u->n; i++)
        if (entered_unseen(p, i))
            reach_later(p, i);
    while (again) {
        again = false;
        for (uint32_t i = 0; i < p->u->n; i++)
            if (p->reach[i] == REACH_PENDING) {
                follow(p, i);
                again = true;
            }
    }
}

/* ---- placing ----------------------------------------------------------------------------------------------- */

/* Marks the place of each run where a jump is wanted: a long instruction before the first stop, or the stop. */
static void want(struct patcher *p)
{
    const struct insn *insns = p->u->insns;
    bool covered = false;

    for (uint32_t i = 0; i < p->u->n; i++) {
        uint32_t best = i;

        if (run_starts(p->u, &insns[i]))
            covered = false;
        if (covered || !must_stop(&insns[i]) || p->reach[i] == REACH_NO)
            continue;
        if (!run_starts(p->u, &insns[i]) && insns[i].len < JUMP_BYTES)
            for (uint32_t j = i; j-- > 0;) {
                if (patchable(p, j) && insns[j].len >= JUMP_BYTES)
                    best = j;
                if (best != i || run_starts(p->u, &insns[j]))
                    break;
            }
        p->state[best] = PATCH_WANTED;
        covered = true;
    }
}

/* A stop whose run has no jump yet: any other place of its straight line, nearest first. In a unit with jump
 * tables this leaves the case that a table leads to exactly this access, which compilers have no reason for where the
 * instruction before it does not end a block. */
static bool patch_before(struct patcher *p, uint32_t stop)
{
    for (uint32_t i = stop;; i--) {
        if (p->state[i] != PATCH_FAILED && attempt(p, i))
            return true;
        if (i == 0 || p->u->insns[i].leader)
            return false;
    }
}

/* As patch_before(), but within the run, and only with stub memory that is in use. */
static bool patch_cheaply(struct patcher *p, uint32_t wanted)
{
    bool done = false;

    p->fresh = false;
    for (uint32_t i = wanted; !done; i--) {
        done = attempt(p, i);
        if (i == 0 || run_starts(p->u, &p->u->insns[i]))
            break;
    }
    p->fresh = true;
    return done;
}

static void patch_wanted(struct patcher *p)
{
    for (uint32_t i = p->u->n; i-- > 0;)
        if (p->state[i] == PATCH_WANTED && !patch_cheaply(p, i) && !attempt(p, i))
            p->state[i] = PATCH_FAILED;
}

static void count_site(struct rewrite_stats *st, const struct patcher *p, uint32_t i, bool covered)
{
    if (!insn_is_site(&p->u->insns[i]))
        return;
    st->own_jump += is_patched(p, i);
    st->entered += covered && !is_patched(p, i);
    st->skipped[REWRITE_SKIP_NO_PATCH] += !covered;
}

/* A last try for what has no jump. False: a branch gone astray cannot be stopped. */
static bool settle(struct patcher *p)
{
    bool covered = p->u->info->taken != 0;

    for (uint32_t i = 0; i < p->u->n; i++) {
        const struct insn *in = &p->u->insns[i];
        bool safe;

        if (i && run_starts(p->u, in))
            covered = false;
        covered |= is_patched(p, i);
        if (!must_stop(in))
            continue;
        if (!covered && p->reach[i] != REACH_NO) {
            covered = patch_before(p, i);
            if (!covered && in->astray)
                return false;
            if (!covered)
                follow(p, i + 1); /* the original runs on there */
        }
        safe = covered || p->reach[i] == REACH_NO;
        count_site(&p->u->module->stats, p, i, safe);
    }
    return true;
}

/* ---- branches and calls in place ---------------------------------------------------------------------------- */

static bool retarget(struct patcher *p, const struct insn *in, uintptr_t target)
{
    uint32_t disp = in->off + in->len - 4;

    return !jump_any_locked(&p->text, disp, 4) &&
           emit_displace(p->text.bytes + (disp - p->text.lo), p->u->module->bias + disp, target);
}

static void retarget_call(struct patcher *p, const struct insn *in)
{
    uintptr_t target = in->target_index < p->u->n ? copy_of(p, in->target_index) : in->link;

    retarget(p, in, target);
    jump_lock(&p->text, in->off, in->len);
}

/* A branch out of the unit whose target would be run there as loaded, or into what the jump at the entry took. */
static bool leads_astray(struct patcher *p, const struct insn *in)
{
    if (in->target_index < p->u->n)
        return in->target > p->u->lo && in->target < p->u->lo + p->u->info->taken;
    if (!in->strict)
        return false;
    return in->len < JUMP_BYTES || !retarget(p, in, in->link);
}

static void retarget_all(struct patcher *p)
{
    for (uint32_t i = 0; i < p->u->n; i++) {
        struct insn *in = &p->u->insns[i];

        if (in->cls == INSN_CALL)
            retarget_call(p, in);
        else if (in->cls == INSN_CALL_IND)
            jump_lock(&p->text, in->off, in->len);
        else if (insn_is_branch(in))
            in->astray = leads_astray(p, in);
    }
}

/* ---- the text ---------------------------------------------------------------------------------------------- */

static uintptr_t text_at(const struct patcher *p, uint32_t off)
{
    return p->u->module->bias + off;
}

static void take_text(struct patcher *p, uint8_t *buffer)
{
    const struct module *m = p->u->module;
    uint32_t hi = p->u->hi + PATCH_BEHIND < m->span.hi ? p->u->hi + PATCH_BEHIND : m->span.hi;

    p->text = (struct jump_text){ p->u->module, buffer, p->u->lo, hi };
    base_mem_copy(buffer, (const void *)text_at(p, p->u->lo), hi - p->u->lo);
}

static void give_text(const struct patcher *p)
{
    const uint8_t *old = (const uint8_t *)text_at(p, p->text.lo), *new = p->text.bytes;
    uint32_t lo = 0, hi = p->text.hi - p->text.lo;

    while (lo < hi && old[lo] == new[lo])
        lo++;
    while (hi > lo && old[hi - 1] == new[hi - 1])
        hi--;
    if (lo == hi || module_open(p->u->module, (uintptr_t)old + lo, hi - lo) < 0)
        return;
    base_mem_copy((uint8_t *)old + lo, new + lo, hi - lo);
    module_close(p->u->module, (uintptr_t)old + lo, hi - lo);
}

bool patch_unit(const struct unit *u, const struct unit_copy *copy,
                const struct patch_scratch *scratch)
{
    struct patcher p = {
        .u = u, .copy = copy, .state = scratch->state, .reach = scratch->reach, .fresh = true
    };

    take_text(&p, scratch->text);
    retarget_all(&p);
    find_reach(&p);
    want(&p);
    patch_wanted(&p);
    if (!settle(&p))
        return false;
    give_text(&p);
    return true;
}
