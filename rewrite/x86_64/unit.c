/*
 * rewrite/x86_64/unit.c - decodes the functions of a module and decides what in them is a shared access.
 *
 * Left out as private or immutable: operands in read-only data, and stack slots of units that never make a stack
 * address available. What is left out for want of support is counted with its reason.
 */
#include "rewrite/x86_64/unit.h"

#include "rewrite/x86_64/liveness.h"

static bool inside(const struct segment *s, unsigned n, uint32_t off)
{
    for (unsigned i = 0; i < n; i++)
        if (off >= s[i].lo && off < s[i].hi)
            return true;
    return false;
}

/* A fixed address: rip-relative or absolute. */
static bool fixed_address(const struct module_work *w, const struct insn *in, uint64_t *off)
{
    if (in->mem.index >= 0)
        return false;
    if (in->mem.base == INSN_RIP)
        *off = in->off + in->len + (int64_t)in->mem.disp;
    else if (in->mem.base < 0)
        *off = (uint64_t)(int64_t)in->mem.disp - w->bias;
    else
        return false;
    return true;
}

static bool is_read_only(const struct module_work *w, const struct insn *in)
{
    uint64_t off;

    if (!fixed_address(w, in, &off) || off > UINT32_MAX)
        return false;
    return !inside(w->writable, w->nwritable, (uint32_t)off) ||
           inside(&w->relro, 1, (uint32_t)off) || inside(&w->plt, 1, (uint32_t)off);
}

static bool is_private_stack(const struct unit *u, const struct insn *in)
{
    if (u->takes_stack)
        return false;
    return in->mem.base == INSN_RSP || (in->mem.base == INSN_RBP && u->frame);
}

/* A call or jump through a slot reads that slot: an access like any other. */
static void decide_access(struct module_work *w, const struct unit *u, struct insn *in)
{
    if (in->access == INSN_NO_ACCESS)
        return;
    if (in->access != INSN_STRING && in->access != INSN_SYNC &&
        (is_private_stack(u, in) || is_read_only(w, in))) {
        in->access = INSN_NO_ACCESS;
        return;
    }
    if (in->access != INSN_UNSUPPORTED && in->mem.disp > INT32_MAX - 256) {
        in->access = INSN_UNSUPPORTED;
        in->reason = REWRITE_SKIP_LARGE;
    }
    w->stats->accesses++;
    if (in->access == INSN_UNSUPPORTED)
        w->stats->skipped[in->reason]++;
}

static void mark_leaders(struct insn *insns, uint32_t n)
{
    insns[0].leader = true;
    for (uint32_t i = 0; i < n; i++) {
        bool after = insn_is_terminal(&insns[i]) || insn_is_call(&insns[i]);

        if (after && i + 1 < n)
            insns[i + 1].leader = true;
        if (insn_is_branch(&insns[i])) {
            uint32_t target = insn_find(insns, n, insns[i].target);

            if (target < n)
                insns[target].leader = insns[target].branched_to = true;
        }
    }
}

static void describe_unit(struct module_work *w, struct unit *u)
{
    struct insn *insns = &w->insns[u->first];
    bool sets_frame = false, writes_bp = false;

    for (uint32_t i = 0; i < u->n; i++) {
        const struct insn *in = &insns[i];

        u->takes_stack |= in->takes_stack;
        sets_frame |= in->sets_frame;
        writes_bp |= in->writes_bp;
        u->indirect_jump |=
            in->cls == INSN_JMP_IND && !(in->mem.base == INSN_RIP && is_read_only(w, in));
    }
    u->frame = sets_frame && !writes_bp;
    mark_leaders(insns, u->n);
    for (uint32_t i = 0; i < u->n; i++) {
        decide_access(w, u, &insns[i]);
        u->sites += insn_is_site(&insns[i]);
    }
}

/* False if a byte sequence does not decode or the array is full; what was decoded is dropped. */
static bool decode_range(struct module_work *w, const struct ehframe_range *r, struct unit *u)
{
    uint32_t off = r->lo;

    u->first = w->ninsns;
    while (off < r->hi) {
        struct insn *in = &w->insns[w->ninsns];

        if (w->ninsns >= w->max_insns ||
            !insn_decode((const uint8_t *)(w->bias + off), r->hi - off, off, in)) {
            w->ninsns = u->first;
            return false;
        }
        off += in->len;
        w->ninsns++;
    }
    u->n = w->ninsns - u->first;
    return u->n > 0;
}

static bool has_target(const struct insn *in)
{
    return insn_is_branch(in) || in->cls == INSN_CALL;
}

/* False if something leads into the middle of an instruction: data, or code that overlaps itself (a jump past a LOCK
 * prefix). */
static bool has_whole_targets(const struct module_work *w, const struct unit *u)
{
    const struct insn *insns = &w->insns[u->first];
    uint32_t lo = insns[0].off, hi = insns[u->n - 1].off + insns[u->n - 1].len;

    for (uint32_t i = 0; i < u->n; i++)
        if (has_target(&insns[i]) && insns[i].target >= lo && insns[i].target < hi &&
            insn_find(insns, u->n, insns[i].target) == u->n)
            return false;
    return true;
}

void unit_decode_all(struct module_work *w)
{
    for (uint32_t i = 0; i < w->nranges; i++) {
        const struct ehframe_range *r = &w->ranges[i];
        struct unit *u = &w->units[w->nunits];

        if (!inside(w->text, w->ntext, r->lo) || !inside(w->text, w->ntext, r->hi - 1))
            continue;
        w->stats->functions++;
        w->stats->text_bytes += r->hi - r->lo;
        *u = (struct unit){ 0 };
        if (!decode_range(w, r, u) || !has_whole_targets(w, u)) {
            w->ninsns = u->first;
            w->stats->functions_skipped++;
            w->stats->skipped[REWRITE_SKIP_UNDECODED]++;
            continue;
        }
        w->stats->instructions += u->n;
        describe_unit(w, u);
        w->nsites += u->sites;
        w->nunits++;
        if (u->sites)
            liveness_unit(&w->insns[u->first], u->n);
    }
}
