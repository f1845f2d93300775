/*
 * rewrite/x86_64/patch.c - where a jump to the copy is put, and how it fits into short instructions.
 *
 * A thread is in original code after an indirect call, a return, an indirect jump or an unwind. It must be back in
 * checked code at its next access at the latest, so each straight run of instructions needs a jump at or before its
 * first access. A run begins at every leader; in units with jump tables at every access.
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
    uint8_t *state;  /* one byte an instruction: enum patch_state */
};

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
static uintptr_t make_stub(uintptr_t lo, uintptr_t hi, uintptr_t copy)
{
    uintptr_t at = area_stub(lo, hi);

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
    stub = make_stub(lo, hi, copy_of(p, in));
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

static bool is_call(const struct insn *in)
{
    return in->cls == INSN_CALL || in->cls == INSN_CALL_IND;
}

/* Calls run in place and stay; everything else may become a jump. */
static bool patchable(const struct insn *in)
{
    return in->copy && in->len >= 2 && !is_call(in);
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
        if (i + 1 >= p->w->ninsns || insns[i + 1].off != insns[i].off + insns[i].len || !patchable(&insns[i + 1]) ||
            p->state[i + 1] == PATCH_DONE || !patch_insn(p, &insns[i + 1]))
            return false;
        p->state[i + 1] = PATCH_DONE;
        if (!patch_insn(p, &insns[i]))
            return false;
    }
    p->state[i] = PATCH_DONE;
    return true;
}

static bool is_access(const struct insn *in)
{
    return in->access != INSN_NO_ACCESS && in->access != INSN_UNSUPPORTED;
}

static bool run_starts(const struct unit *u, const struct insn *in)
{
    return in->leader || (u->indirect_jump && is_access(in));
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
        if (covered || !is_access(in))
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

static void patch_wanted(struct patcher *p, const struct unit *u)
{
    for (uint32_t i = u->first + u->n; i-- > u->first;)
        if (p->state[i] == PATCH_WANTED && !attempt(p, i))
            p->state[i] = PATCH_FAILED;
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

static void count(struct patcher *p, const struct unit *u)
{
    struct rewrite_stats *st = p->w->stats;
    bool covered = false;

    for (uint32_t i = u->first; i < u->first + u->n; i++) {
        const struct insn *in = &p->w->insns[i];

        if (run_starts(u, in))
            covered = false;
        covered |= p->state[i] == PATCH_DONE;
        if (!is_access(in))
            continue;
        if (!covered)
            covered = patch_before(p, u, i);
        st->own_jump += p->state[i] == PATCH_DONE;
        st->entered += covered && p->state[i] != PATCH_DONE;
        st->skipped[REWRITE_SKIP_NO_PATCH] += !covered;
    }
}

static void retarget_calls(struct patcher *p)
{
    for (uint32_t i = 0; i < p->w->ninsns; i++) {
        const struct insn *in = &p->w->insns[i];

        if (in->cls == INSN_CALL && in->len == 5) {
            emit_retarget((uint8_t *)(p->w->bias + in->off + 1), copy_address(p->w, p->area, in->target));
            lock(p, in->off, in->len);
        }
    }
}

static int protect_text(const struct module_work *w, int prot)
{
    for (unsigned i = 0; i < w->ntext; i++) {
        uintptr_t lo = (w->bias + w->text[i].lo) & ~4095ul, hi = (w->bias + w->text[i].hi + 4095) & ~4095ul;
        int ret = base_sys_mprotect(lo, hi - lo, prot);

        if (ret < 0)
            return ret;
    }
    return 0;
}

static void *temporary(size_t size)
{
    uintptr_t p = base_sys_mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return base_sys_failed(p) ? NULL : (void *)p;
}

static void patch_units(struct patcher *p)
{
    struct module_work *w = p->w;

    retarget_calls(p);
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

int patch_module(struct module_work *w, const struct copy_area *area)
{
    struct patcher p = { .w = w, .area = area, .text_lo = w->text[0].lo, .text_hi = w->text[w->ntext - 1].hi };
    size_t text = p.text_hi - p.text_lo;
    int ret = protect_text(w, PROT_READ | PROT_WRITE);

    if (ret < 0)
        return ret;
    p.locked = temporary(text);
    p.state = temporary(w->ninsns + 1ul);
    if (p.locked && p.state)
        patch_units(&p);
    if (p.locked)
        base_sys_munmap((uintptr_t)p.locked, text);
    if (p.state)
        base_sys_munmap((uintptr_t)p.state, w->ninsns + 1ul);
    ret = protect_text(w, PROT_READ | PROT_EXEC);
    return !p.locked || !p.state ? -ENOMEM : ret;
}
