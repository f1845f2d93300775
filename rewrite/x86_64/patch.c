/*
 * rewrite/x86_64/patch.c - where a jump to the copy is put, and how it fits into short instructions.
 *
 * A thread is in original code after an indirect call, a return, an indirect jump or an unwind. It must be back in
 * checked code at its next access at the latest. So we follow the original code from every place where it can be entered
 * that way (a unit's start, behind calls and jumps; in units with jump tables every access) to the first access on each
 * path, and put a jump at or before that access. What lies behind is run in the copy only and needs none.
 *
 * Tactics, after Duck, Gao and Roychoudhury, "Binary Rewriting without Control Flow Recovery" (PLDI 2020), 2-3:
 *   direct   5 bytes or more: jmp rel32 to the copy
 *   pun      2 to 4 bytes: jmp rel32 whose upper displacement bytes are the next instructions' first bytes, to a stub
 *            that must lie in the window these bytes leave open
 *   prefix   the same behind one or two prefixes, which moves the window
 *   evict    the successor is patched first, which changes the bytes it lends
 * Every byte that was written or lent is locked: it never changes again, so the order of patches does not matter
 * for correctness, and later patches see final bytes.
 */
#include "rewrite/x86_64/patch.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/sys.h"
#include "rewrite/area.h"
#include "rewrite/x86_64/liveness.h"

struct patcher {
    struct module_work *w;
    const struct copy_area *area;
    uint8_t *locked; /* one byte a text byte, from text_lo */
    uint32_t text_lo, text_hi;
    uint8_t *state; /* one byte an instruction: enum patch_state */
    uint8_t *
        reach; /* one byte an instruction: enum reach, whether a thread may be in the original there */
    bool fresh; /* a stub may take a page of its own: only where no page in use will do */
};

enum reach { REACH_NO, REACH_PENDING, REACH_YES };
enum patch_state { PATCH_NONE, PATCH_WANTED, PATCH_DONE, PATCH_FAILED };

static bool any_locked(const struct patcher *p, uint32_t off, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (off + i >= p->text_hi || p->locked[off + i - p->text_lo])
            return true;
    return false;
}

static void lock(struct patcher *p, uint32_t off, unsigned n)
{
    base_mem_set(&p->locked[off - p->text_lo], 1, n);
}

static uintptr_t copy_of(const struct patcher *p, const struct insn *in)
{
    return (uintptr_t)p->area->start + in->copy;
}

static bool write_jump(uint8_t *at, uintptr_t target)
{
    at[0] = 0xE9;
    return emit_retarget(at + 1, target);
}

static bool patch_direct(struct patcher *p, const struct insn *in)
{
    uint8_t *code = (uint8_t *)(p->w->bias + in->off), jump[5];
    int64_t rel = (int64_t)(copy_of(p, in) - ((uintptr_t)code + 5));
    int32_t rel32 = (int32_t)rel;

    if (in->len < 5 || rel != rel32)
        return false;
    jump[0] = 0xE9;
    base_mem_copy(jump + 1, &rel32, 4);
    base_mem_copy(code, jump, 5);
    lock(p, in->off, in->len);
    return true;
}

/* A stub in [lo, hi) that jumps to the copy. */
static uintptr_t make_stub(const struct patcher *p, uintptr_t lo, uintptr_t hi, uintptr_t copy)
{
    uintptr_t at = area_stub(lo, hi, p->fresh);

    return at && write_jump((uint8_t *)at, copy) ? at : 0;
}

/* `pad` prefixes, the opcode, `own` displacement bytes of the instruction itself, 4 - own lent ones. */
static bool patch_pun(struct patcher *p, const struct insn *in, unsigned pad)
{
    uint8_t *code = (uint8_t *)(p->w->bias + in->off);
    unsigned own = in->len - 1 - pad;
    uintptr_t next = (uintptr_t)code + pad + 5, lo, hi, stub;
    uint32_t lent = 0;
    int32_t rel;

    if (in->off + pad + 5 > p->text_hi)
        return false;
    base_mem_copy(&lent, code + in->len, 4 - own);
    rel = (int32_t)(lent << (8 * own));
    lo = next + (int64_t)rel;
    hi = lo + (1ul << (8 * own)) + 7; /* a slot may start at the last address */
    if ((int64_t)rel < 0 && next < (uintptr_t)(-(int64_t)rel))
        return false;
    stub = make_stub(p, lo, hi, copy_of(p, in));
    if (!stub || stub - lo >= 1ul << (8 * own))
        return false;
    rel = (int32_t)(stub - next);
    for (unsigned i = 0; i < pad; i++)
        code[i] = 0x3E;
    code[pad] = 0xE9;
    base_mem_copy(code + pad + 1, &rel, own);
    lock(p, in->off, pad + 5);
    return true;
}

static bool patch_insn(struct patcher *p, const struct insn *in)
{
    if (any_locked(p, in->off, in->len))
        return false;
    if (in->len >= 5)
        return patch_direct(p, in);
    for (unsigned pad = 0; pad + 2 <= in->len; pad++)
        if (patch_pun(p, in, pad))
            return true;
    return false;
}

/* Calls run in place and stay; everything else may become a jump. */
static bool patchable(const struct insn *in)
{
    return in->copy && in->len >= 2 && !insn_is_call(in);
}

static bool attempt(struct patcher *p, uint32_t i)
{
    const struct insn *insns = p->w->insns;

    if (p->state[i] == PATCH_DONE)
        return true;
    if (!patchable(&insns[i]))
        return false;
    if (!patch_insn(p, &insns[i])) {
        /* evict: a successor with a jump of its own lends other bytes */
        if (i + 1 >= p->w->ninsns || insns[i + 1].off != insns[i].off + insns[i].len ||
            !patchable(&insns[i + 1]) || p->state[i + 1] == PATCH_DONE ||
            !patch_insn(p, &insns[i + 1]))
            return false;
        p->state[i + 1] = PATCH_DONE;
        if (!patch_insn(p, &insns[i]))
            return false;
    }
    p->state[i] = PATCH_DONE;
    return true;
}

static bool run_starts(const struct unit *u, const struct insn *in)
{
    return in->leader || (u->indirect_jump && insn_is_site(in));
}

static void reach_later(struct patcher *p, uint32_t i)
{
    if (i < p->w->ninsns && p->reach[i] == REACH_NO)
        p->reach[i] = REACH_PENDING;
}

/* Follows the original from i to its first access. Targets of branches are left pending. */
static void follow(struct patcher *p, const struct unit *u, uint32_t i)
{
    for (; i < u->first + u->n && p->reach[i] != REACH_YES; i++) {
        const struct insn *in = &p->w->insns[i];

        p->reach[i] = REACH_YES;
        if (insn_is_site(in))
            return;
        if (insn_is_branch(in))
            reach_later(p, insn_find(p->w->insns, p->w->ninsns, in->target));
        if (insn_is_terminal(in) || insn_is_call(in))
            return;
    }
}

/* Entered by a return, an unwind, an indirect call or jump. A block that nothing falls into and no branch of its unit
 * leads to is a landing pad or a case of a table; compilers give landing pads blocks of their own. */
static bool entered_unseen(const struct patcher *p, const struct unit *u, uint32_t i)
{
    const struct insn *in = &p->w->insns[i];

    if (i == u->first || insn_is_call(in - 1) || (u->indirect_jump && insn_is_site(in)))
        return true;
    return insn_is_terminal(in - 1) && !in->branched_to;
}

/* Every instruction that a thread may come to in the original, in all units: a branch may leave its own. */
static void find_reach(struct patcher *p)
{
    bool again = true;

    for (uint32_t k = 0; k < p->w->nunits; k++)
        for (uint32_t i = p->w->units[k].first; i < p->w->units[k].first + p->w->units[k].n; i++)
            if (entered_unseen(p, &p->w->units[k], i))
                reach_later(p, i);
    while (again) {
        again = false;
        for (uint32_t k = 0; k < p->w->nunits; k++)
            for (uint32_t i = p->w->units[k].first; i < p->w->units[k].first + p->w->units[k].n;
                 i++)
                if (p->reach[i] == REACH_PENDING) {
                    follow(p, &p->w->units[k], i);
                    again = true;
                }
    }
}

/* Marks the place of each run where a jump is wanted: a long instruction before the first access, or the access. */
static void want(struct patcher *p, const struct unit *u)
{
    uint32_t end = u->first + u->n;
    bool covered = false;

    for (uint32_t i = u->first; i < end; i++) {
        const struct insn *in = &p->w->insns[i];
        uint32_t best = i;

        if (run_starts(u, in))
            covered = false;
        if (covered || !insn_is_site(in) || p->reach[i] == REACH_NO)
            continue;
        if (!run_starts(u, in) && in->len < 5)
            for (uint32_t j = i; j-- > u->first;) {
                if (patchable(&p->w->insns[j]) && p->w->insns[j].len >= 5)
                    best = j;
                if (best != i || run_starts(u, &p->w->insns[j]))
                    break;
            }
        p->state[best] = PATCH_WANTED;
        covered = true;
    }
}

/* An access whose run has no jump yet: any other place of its straight line, nearest first. In a unit with jump
 * tables this leaves the case that a table leads to exactly this access, which compilers have no reason for where the
 * instruction before it does not end a block. */
static bool patch_before(struct patcher *p, const struct unit *u, uint32_t access)
{
    for (uint32_t i = access;; i--) {
        if (p->state[i] != PATCH_FAILED && attempt(p, i))
            return true;
        if (i == u->first || p->w->insns[i].leader)
            return false;
    }
}

/* As patch_before(), but within the run, and only with stub pages that are in use: memory is what stubs cost. */
static bool patch_cheaply(struct patcher *p, const struct unit *u, uint32_t wanted)
{
    bool done = false;

    p->fresh = false;
    for (uint32_t i = wanted; !done; i--) {
        done = attempt(p, i);
        if (i == u->first || run_starts(u, &p->w->insns[i]))
            break;
    }
    p->fresh = true;
    return done;
}

static void patch_wanted(struct patcher *p, const struct unit *u)
{
    for (uint32_t i = u->first + u->n; i-- > u->first;)
        if (p->state[i] == PATCH_WANTED && !patch_cheaply(p, u, i) && !attempt(p, i))
            p->state[i] = PATCH_FAILED;
}

static void count(struct patcher *p, const struct unit *u)
{
    struct rewrite_stats *st = p->w->stats;
    bool covered = false;

    for (uint32_t i = u->first; i < u->first + u->n; i++) {
        const struct insn *in = &p->w->insns[i];

        if (run_starts(u, in))
            covered = false;
        covered |= p->state[i] == PATCH_DONE;
        if (!insn_is_site(in))
            continue;
        if (!covered && p->reach[i] != REACH_NO) {
            covered = patch_before(p, u, i);
            if (!covered)
                follow(p, u, i + 1); /* the original runs on there */
            st->skipped[REWRITE_SKIP_NO_PATCH] += !covered;
            st->entered += covered && p->state[i] != PATCH_DONE;
        } else {
            st->entered += p->state[i] != PATCH_DONE;
        }
        st->own_jump += p->state[i] == PATCH_DONE;
    }
}

static void retarget_calls(struct patcher *p)
{
    for (uint32_t i = 0; i < p->w->ninsns; i++) {
        const struct insn *in = &p->w->insns[i];

        if (in->cls == INSN_CALL && in->len == 5) {
            emit_retarget((uint8_t *)(p->w->bias + in->off + 1),
                          copy_address(p->w, p->area, in->target));
            lock(p, in->off, in->len);
        }
    }
}

static int protect_text(const struct module_work *w, int prot)
{
    for (unsigned i = 0; i < w->ntext; i++) {
        uintptr_t lo = (w->bias + w->text[i].lo) & ~4095ul,
                  hi = (w->bias + w->text[i].hi + 4095) & ~4095ul;
        int ret = base_sys_mprotect(lo, hi - lo, prot);

        if (ret < 0)
            return ret;
    }
    return 0;
}

static void patch_units(struct patcher *p)
{
    struct module_work *w = p->w;

    retarget_calls(p);
    find_reach(p);
    for (uint32_t i = 0; i < w->nunits; i++)
        if (w->units[i].sites)
            want(p, &w->units[i]);
    for (uint32_t i = w->nunits; i-- > 0;)
        if (w->units[i].sites)
            patch_wanted(p, &w->units[i]);
    for (uint32_t i = w->nunits; i-- > 0;)
        if (w->units[i].sites)
            count(p, &w->units[i]);
}

static bool allocate(struct patcher *p, size_t text)
{
    p->locked = base_sys_pages(text);
    p->state = base_sys_pages(p->w->ninsns + 1ul);
    p->reach = base_sys_pages(p->w->ninsns + 1ul);
    return p->locked && p->state && p->reach;
}

static void release(struct patcher *p, size_t text)
{
    if (p->locked)
        base_sys_munmap((uintptr_t)p->locked, text);
    if (p->state)
        base_sys_munmap((uintptr_t)p->state, p->w->ninsns + 1ul);
    if (p->reach)
        base_sys_munmap((uintptr_t)p->reach, p->w->ninsns + 1ul);
}

int patch_module(struct module_work *w, const struct copy_area *area)
{
    struct patcher p = { .w = w,
                         .area = area,
                         .text_lo = w->text[0].lo,
                         .text_hi = w->text[w->ntext - 1].hi,
                         .fresh = true };
    size_t text = p.text_hi - p.text_lo;
    bool room = allocate(&p, text);
    int ret = room ? protect_text(w, PROT_READ | PROT_WRITE) : -ENOMEM;

    if (ret == 0) {
        patch_units(&p);
        ret = protect_text(w, PROT_READ | PROT_EXEC);
    }
    release(&p, text);
    return ret;
}
