/*
 * rewrite/x86_64/liveness.c - backward data flow over one unit, until nothing changes.
 *
 * What control flow leaves unknown is live: everything at calls, at indirect jumps and at jumps out of the unit.
 * At a return the caller may rely on its own saved registers and, because of gcc's -fipa-ra, on any caller-saved
 * register that this unit never writes (System V AMD64 ABI, figure 3.4). A frame pointer lives to the end: the epilogue may
 * only pop it, but stacks are walked by it.
 */
#include "rewrite/x86_64/liveness.h"

#define ALL (INSN_ALL_REGS | INSN_FLAGS)
#define BIT(r) (1u << (r))
#define CALLER_SAVED                                                                               \
    (BIT(0) | BIT(1) | BIT(2) | BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(11))
#define CALLEE_SAVED (BIT(INSN_RBX) | BIT(INSN_RBP) | BIT(12) | BIT(13) | BIT(14) | BIT(15))
#define RESULTS (BIT(INSN_RAX) | BIT(INSN_RDX))

uint32_t insn_find(const struct insn *insns, uint32_t n, uint32_t off)
{
    uint32_t lo = 0, hi = n;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (insns[mid].off < off)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && insns[lo].off == off ? lo : n;
}

static uint32_t live_at_return(const struct insn *insns, uint32_t n)
{
    uint32_t written = 0, saved = 0;

    for (uint32_t i = 0; i < n; i++) {
        written |= insns[i].kills;
        saved |= insns[i].saves;
    }
    if (written & CALLEE_SAVED & ~saved)
        return ALL; /* hand-written: it may return anything anywhere */
    return (INSN_ALL_REGS & ~(CALLER_SAVED & written)) | RESULTS;
}

static uint32_t frame_pointer(const struct insn *insns, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (insns[i].sets_frame)
            return BIT(INSN_RBP);
    return 0;
}

static uint32_t live_at(const struct insn *insns, uint32_t n, uint32_t i)
{
    return i < n ? insns[i].live : ALL;
}

static uint32_t live_after(const struct insn *insns, uint32_t n, uint32_t i, uint32_t at_return)
{
    const struct insn *in = &insns[i];

    switch (in->cls) {
    case INSN_JMP: return live_at(insns, n, in->target_index);
    case INSN_JCC:
    case INSN_LOOP: return live_at(insns, n, in->target_index) | live_at(insns, n, i + 1);
    case INSN_CALL: /* a unit's call of a part of itself keeps to no ABI */
        return insn_find(insns, n, in->target) < n ? ALL : INSN_ALL_REGS;
    case INSN_CALL_IND: return INSN_ALL_REGS;
    case INSN_JMP_IND:
    case INSN_STOP: return ALL;
    case INSN_RET: return at_return;
    default: return live_at(insns, n, i + 1);
    }
}

void liveness_unit(struct insn *insns, uint32_t n)
{
    uint32_t at_return = live_at_return(insns, n), always = frame_pointer(insns, n);
    bool changed = true;

    for (uint32_t i = 0; i < n; i++)
        insns[i].live = 0;
    while (changed) {
        changed = false;
        for (uint32_t i = n; i-- > 0;) {
            uint32_t live =
                (live_after(insns, n, i, at_return) & ~insns[i].kills) | insns[i].uses | always;

            if (live != insns[i].live) {
                insns[i].live = live;
                changed = true;
            }
        }
    }
}
